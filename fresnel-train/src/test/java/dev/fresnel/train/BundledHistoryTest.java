package dev.fresnel.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.Fresnel;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The training runs whose histories come with Fresnel. */
class BundledHistoryTest {
  @Test
  void itsHistoryShowsTheHeadsForm() throws IOException {
    var history = history("history.jsonl");
    assertThat(history).hasSizeGreaterThanOrEqualTo(30);
    assertThat(history.get(0).induction()).isLessThan(0.1);
    var last = history.get(history.size() - 1);
    assertThat(last.induction()).isGreaterThan(0.5);
    assertThat(last.secondHalfLoss()).isLessThan(last.firstHalfLoss() / 2);
    long formed = firstAbove(history, 0.5);
    assertThat(history("history-standard.jsonl").get(0).tokens()).isLessThan(formed);
    assertThat(history("history-standard.jsonl"))
        .as("the run with standard positions has passed the first one's bump")
        .anyMatch(entry -> entry.tokens() > formed);
  }

  private static long firstAbove(List<History.Entry> history, double score) {
    return history.stream()
        .filter(entry -> entry.induction() > score)
        .findFirst()
        .orElseThrow()
        .tokens();
  }

  private static List<History.Entry> history(String name) throws IOException {
    try (var stream = Fresnel.class.getResourceAsStream("/dev/fresnel/models/" + name)) {
      return History.parse(new String(stream.readAllBytes(), "UTF-8"), name);
    }
  }
}
