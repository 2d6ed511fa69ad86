package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The merges that a sentencepiece vocabulary's scores imply: every way to join two tokens to a
 * third, the highest score first, as in transformers' conversion.
 */
final class ScoredMerges {
  /** Characters in a token. */
  private static final int MAX_TOKEN = 512;

  /** The most merges; the largest known vocabulary of this kind implies 580,000. */
  private static final int MAX_MERGES = 700_000;

  /** The most characters that are read to find them: each cut reads its token. */
  private static final long MAX_WORK = 1L << 28;

  private ScoredMerges() {}

  private record Merge(String left, String right, float score, float leftScore, float rightScore) {}

  /**
   * @throws FresnelException if a token is too long
   */
  static List<List<String>> of(GgufVocabulary vocabulary) {
    Map<String, Float> scores = new HashMap<>();
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      scores.put(vocabulary.tokens().get(id), vocabulary.scores().get(id));
    }
    var merges = new ArrayList<Merge>();
    long work = 0;
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      int type = GgufTokenizer.type(vocabulary, id);
      if (type == 1 || type == 4) {
        String token = vocabulary.tokens().get(id);
        work += (long) token.length() * token.length();
        addSplits(token, scores, merges);
        if (work > MAX_WORK || merges.size() > MAX_MERGES) {
          throw UnusableTokenizer.gguf(
              "its tokens imply more than %,d merges, or are too long".formatted(MAX_MERGES));
        }
      }
    }
    merges.sort(Comparator.comparingDouble((Merge merge) -> merge.score).reversed());
    return merges.stream().map(merge -> List.of(merge.left, merge.right)).toList();
  }

  private static void addSplits(String token, Map<String, Float> scores, List<Merge> merges) {
    if (token.length() > MAX_TOKEN) {
      throw UnusableTokenizer.gguf(
          "a token has %d characters; expected at most %d".formatted(token.length(), MAX_TOKEN));
    }
    var splits = new ArrayList<Merge>();
    for (int cut = 1; cut < token.length(); cut++) {
      Float left = scores.get(token.substring(0, cut));
      Float right = left == null ? null : scores.get(token.substring(cut));
      if (left != null && right != null) {
        splits.add(
            new Merge(
                token.substring(0, cut), token.substring(cut), scores.get(token), left, right));
      }
    }
    splits.sort(
        Comparator.comparingDouble((Merge merge) -> merge.leftScore)
            .thenComparingDouble(merge -> merge.rightScore)
            .reversed());
    merges.addAll(splits);
  }
}
