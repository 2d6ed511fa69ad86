package dev.fresnel.workshop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Usual wrong solutions, as a learner writes them: each gets a diagnosis of its own. */
class WrongSolutionsTest {
  static Stream<Arguments> mistakes() {
    return Stream.of(
            OpeningMistakes.opening(),
            OpeningMistakes.attention(),
            DetectorMistakes.detectors(),
            DetectorMistakes.rules(),
            LossMistakes.losses(),
            CircuitMistakes.attribution(),
            DetectorMistakes.lists(),
            CircuitMistakes.circuit())
        .flatMap(List::stream);
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("mistakes")
  void aUsualMistakeIsNamed(String exercise, Verdict verdict, String diagnosis) {
    assertThat(verdict.exercise()).isEqualTo(exercise);
    assertThat(verdict.outcome()).isEqualTo(Verdict.Outcome.WRONG);
    assertThat(verdict.message()).contains(": expected ").contains(diagnosis);
  }

  @Test
  void everyExerciseHasAtLeastThreeWrongSolutionsWithDifferentDiagnoses() {
    var byExercise = new LinkedHashMap<String, List<String>>();
    mistakes()
        .map(Arguments::get)
        .forEach(
            row ->
                byExercise
                    .computeIfAbsent((String) row[0], id -> new ArrayList<>())
                    .add((String) row[2]));
    assertThat(byExercise).hasSize(22);
    assertThat(byExercise.values())
        .allSatisfy(all -> assertThat(all).hasSizeGreaterThanOrEqualTo(3).doesNotHaveDuplicates());
  }

  @Test
  void aDifferenceThatNoMistakeExplainsIsShownAlone() {
    assertThat(Checks.averageOverCondition((pattern, cells) -> new double[4]).message())
        .startsWith(
            "On a pattern of 4 heads, 5 queries and 7 keys, where key == query, head 0: expected"
                + " 0.")
        .endsWith("got 0; 4 of 4 differ");
  }

  @Test
  void noMoreCellsDifferThanThereAre() {
    assertThat(Checks.strongestHeads((scores, count) -> List.of("a", "b", "c", "d", "e")).message())
        .endsWith("entry 0: expected L1H2, got a; 6 of 6 differ");
  }

  @Test
  void anExceptionIsSaidWithItsPlace() {
    assertThat(Checks.lastOccurrence(tokens -> new int[-1]).message())
        .contains("it threw NegativeArraySizeException");
    assertThat(Checks.lastOccurrence(tokens -> null).message()).contains("it returned null");
  }

  @Test
  void aStubThatCallsAnotherStubNamesIt() {
    var verdict =
        Checks.inductionCells(
            (tokens, offByOne) -> {
              throw new NotWrittenYet("last-occurrence");
            });
    assertThat(verdict.toString())
        .isEqualTo(
            "induction-cells: not written yet\n  It calls last-occurrence: write that first.");
  }
}
