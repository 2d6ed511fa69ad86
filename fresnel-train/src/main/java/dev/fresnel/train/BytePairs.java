package dev.fresnel.train;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Learns a byte-level BPE vocabulary from a text: beginning with the 256 bytes, the most frequent
 * pair of neighbouring tokens becomes a token, again and again. Of equally frequent pairs the one
 * with the smaller ids comes first. Hugging Face's tokenizers library learns the same from the same
 * text, which is why a pair's entry in the queue remembers the words in which it was found: the
 * library merges it there alone.
 *
 * <p>Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units".
 */
final class BytePairs {
  /** GPT-2's rule for what a token may span: tokens never cross the ends of these pieces. */
  private static final Pattern PIECES =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  /** The BOS and the 256 bytes. */
  static final int SMALLEST = 257;

  /** Two neighbouring tokens, by id. */
  private record Pair(int left, int right) {}

  /** A pair that may become a token, and the words in which it was found. */
  private record Candidate(Pair pair, long count, TreeSet<Integer> words) {}

  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingLong(Candidate::count)
          .reversed()
          .thenComparingInt(candidate -> candidate.pair.left)
          .thenComparingInt(candidate -> candidate.pair.right);

  private final List<String> tokens = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Pair, Integer> merges = new LinkedHashMap<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> wordCounts = new ArrayList<>();
  private final Map<Pair, Long> pairCounts = new HashMap<>();
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(BEST_FIRST);

  private BytePairs(String text, String bos) {
    add(bos);
    String byByte = ByteAlphabet.characters();
    byByte.chars().sorted().forEach(character -> add(Character.toString(character)));
    pieces(text)
        .forEach(
            (piece, count) -> {
              byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
              int[] word = new int[bytes.length];
              for (int i = 0; i < word.length; i++) {
                word[i] = ids.get(String.valueOf(byByte.charAt(bytes[i] & 0xFF)));
              }
              words.add(word);
              wordCounts.add(count);
            });
  }

  /**
   * Learns a vocabulary.
   *
   * @param bos the text of token 0, which no text holds
   * @param size the number of tokens, from {@link #SMALLEST} on; a text without that many pairs
   *     gives fewer
   */
  static Vocabulary learn(String text, String bos, int size) {
    var learning = new BytePairs(text, bos);
    learning.countPairs();
    while (learning.tokens.size() < size && learning.mergeBest()) {}
    return new Vocabulary(learning.tokens, learning.merges());
  }

  /**
   * What was learned.
   *
   * @param tokens by id
   * @param merges the pairs of tokens, the first learned first
   */
  record Vocabulary(List<String> tokens, List<List<String>> merges) {}

  private int add(String token) {
    return ids.computeIfAbsent(
        token,
        key -> {
          tokens.add(key);
          return tokens.size() - 1;
        });
  }

  /** How often each piece occurs. Lines are read one by one, as the library reads a file. */
  private static Map<String, Long> pieces(String text) {
    var counts = new TreeMap<String, Long>();
    int from = 0;
    while (from < text.length()) {
      int end = text.indexOf('\n', from) + 1;
      end = end == 0 ? text.length() : end;
      var matcher = PIECES.matcher(text).region(from, end);
      while (matcher.find()) {
        counts.merge(matcher.group(), 1L, Long::sum);
      }
      from = end;
    }
    return counts;
  }

  private void countPairs() {
    var found = new HashMap<Pair, TreeSet<Integer>>();
    for (int word = 0; word < words.size(); word++) {
      int[] ids = words.get(word);
      for (int i = 0; i + 1 < ids.length; i++) {
        change(new Pair(ids[i], ids[i + 1]), 1, word, found);
      }
    }
    enqueue(found);
  }

  private void change(Pair pair, int by, int word, Map<Pair, TreeSet<Integer>> found) {
    pairCounts.merge(pair, by * wordCounts.get(word), Long::sum);
    if (by > 0) {
      found.computeIfAbsent(pair, key -> new TreeSet<>()).add(word);
    }
  }

  private void enqueue(Map<Pair, TreeSet<Integer>> found) {
    found.forEach(
        (pair, inWords) -> {
          long count = pairCounts.get(pair);
          if (count > 0) {
            queue.add(new Candidate(pair, count, inWords));
          }
        });
  }

  /** Makes the best pair a token; false where no pair is left. */
  private boolean mergeBest() {
    Candidate best = queue.poll();
    while (best != null && best.count != pairCounts.get(best.pair)) {
      queue.add(new Candidate(best.pair, pairCounts.get(best.pair), best.words));
      best = queue.poll();
    }
    if (best == null || best.count < 1) {
      return false;
    }
    int merged = add(tokens.get(best.pair.left) + tokens.get(best.pair.right));
    merges.remove(best.pair);
    merges.put(best.pair, merged);
    var found = new HashMap<Pair, TreeSet<Integer>>();
    for (int word : best.words) {
      merge(word, best.pair, merged, found);
    }
    enqueue(found);
    return true;
  }

  /** Replaces a pair in one word, and counts the pairs that go and come. */
  private void merge(int word, Pair pair, int merged, Map<Pair, TreeSet<Integer>> found) {
    int[] old = words.get(word);
    int[] ids = new int[old.length];
    int length = 0;
    for (int i = 0; i < old.length; i++) {
      if (i + 1 == old.length || old[i] != pair.left || old[i + 1] != pair.right) {
        ids[length++] = old[i];
        continue;
      }
      if (length > 0) {
        change(new Pair(ids[length - 1], pair.left), -1, word, found);
        change(new Pair(ids[length - 1], merged), 1, word, found);
      }
      i++;
      ids[length++] = merged;
      if (i + 1 < old.length) {
        change(new Pair(pair.right, old[i + 1]), -1, word, found);
        change(new Pair(merged, old[i + 1]), 1, word, found);
      }
    }
    words.set(word, Arrays.copyOf(ids, length));
  }

  private List<List<String>> merges() {
    return merges.keySet().stream()
        .map(pair -> List.of(tokens.get(pair.left), tokens.get(pair.right)))
        .toList();
  }
}
