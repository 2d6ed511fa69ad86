package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.analysis.LensTrajectory;
import dev.fresnel.analysis.LogitLens;
import dev.fresnel.analysis.Prediction;
import dev.fresnel.text.Token;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tokens that a pinned lens follows, as numbers and as text. */
class LensFigureTest {
  private static final Token A = new Token(1, " a");
  private static final Token B = new Token(2, " b");
  private static final Token C = new Token(3, " c");
  private static final List<Token> TEXT = List.of(A, B);
  private static final List<String> STAGES = List.of("0_pre", "final_post");

  /** After the first token: c is likeliest, then a; b comes next, and is third, then second. */
  private static final LogitLens LENS =
      new LogitLens(
          TEXT,
          STAGES,
          List.of(
              List.of(List.of(guess(1, C, 0.5)), List.of(guess(1, B, 0.9))),
              List.of(List.of(guess(1, A, 0.6)), List.of(guess(1, C, 0.8)))));

  private static final LensTrajectory TRAJECTORY =
      new LensTrajectory(
          TEXT,
          STAGES,
          new double[2][2],
          new double[2][2],
          List.of(
              List.of(
                  List.of(guess(3, B, 0.1), guess(1, C, 0.5), guess(2, A, 0.3)),
                  List.of(guess(2, C, 0.05), guess(1, B, 0.9))),
              List.of(
                  List.of(guess(2, B, 0.25), guess(3, C, 0.1), guess(1, A, 0.6)),
                  List.of(guess(1, C, 0.8), guess(2, B, 0.1)))));

  private static Prediction guess(int rank, Token token, double probability) {
    return new Prediction(rank, token, Math.log(probability), probability);
  }

  private static List<String> csv(Figure figure) {
    var out = new StringBuilder();
    figure.csv(new Csv(out));
    return out.toString().lines().toList();
  }

  @Test
  void csvHasThePinnedTokensAtEveryStageAndMarksThem() {
    var lines = csv(Figure.lens(LENS, TRAJECTORY).pinned(0));
    assertThat(lines.get(0)).endsWith(",probability,followed");
    // The likeliest token at the end is a, and b comes next; c is not followed.
    assertThat(lines)
        .filteredOn(line -> line.endsWith(",true"))
        .extracting(line -> line.replaceAll(",[^,]*(,[^,]*),true$", "$1"))
        .containsExactly(
            "0_pre,0, a,2,1, a,0.3",
            "0_pre,0, a,3,2, b,0.1",
            "final_post,0, a,1,1, a,0.6",
            "final_post,0, a,2,2, b,0.25");
    assertThat(lines).filteredOn(line -> line.endsWith(",false")).hasSize(3);
  }

  @Test
  void csvOfALensThatFollowsNothingIsAsItWas() {
    var lines = csv(Figure.lens(LENS, TRAJECTORY));
    assertThat(lines.get(0)).endsWith(",probability");
    assertThat(lines).hasSize(5);
  }

  @Test
  void textHasTheWayOfThePinnedTokensBelowTheGrid() {
    var text = Figure.lens(LENS, TRAJECTORY).pinned(0).text(Terminal.plain(80));
    var way = text.substring(text.indexOf("After 0 ·a, by stage: probability and rank"));
    assertThat(way.lines().map(line -> line.strip().replaceAll(" {2,}", "|")))
        .containsExactly(
            "After 0 ·a, by stage: probability and rank",
            "stage|·a|rank|·b, which comes next|rank",
            "0_pre|0.3000|2|0.1000|3",
            "final_post|0.6000|1|0.2500|2");
    assertThat(Figure.lens(LENS, TRAJECTORY).text(Terminal.plain(80))).doesNotContain("by stage");
  }
}
