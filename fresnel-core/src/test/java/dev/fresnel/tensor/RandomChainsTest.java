package dev.fresnel.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.error.FresnelException;
import dev.fresnel.testkit.Rounds;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Random chains of operations, with right and wrong arguments: each gives what plain Java gives, or
 * an error of ours where plain Java has no answer. {@code scripts/random-calls} tries many more.
 */
class RandomChainsTest {
  private static final int CHAINS = 1000;
  private static final int LONGEST = 5;

  /** After so many findings a long round ends. */
  private static final int MOST_FINDINGS = 10;

  /** Above this, half precision and narrow integers have no numbers: a chain ends. */
  private static final double LARGEST = 100;

  @Test
  void everyChainGivesWhatPlainJavaGivesOrAnErrorOfOurs() {
    int refused = 0;
    int done = 0;
    var findings = new ArrayList<AssertionError>();
    for (int chain = 0; chain < Rounds.count(CHAINS) && findings.size() < MOST_FINDINGS; chain++) {
      var random = Rounds.random(chain);
      try (var scope = Scope.open()) {
        RandomValue value = RandomValue.start(random);
        for (int step = 0; step < LONGEST && value != null; step++) {
          RandomValue next = check(new RandomCalls(random, value).any(), value, "chain " + chain);
          refused += next == value ? 1 : 0;
          done += next == value ? 0 : 1;
          value = next;
        }
      } catch (AssertionError e) {
        findings.add(e);
      }
    }
    assertThat(findings).isEmpty();
    assertThat(done).as("right results").isGreaterThan(Rounds.count(CHAINS));
    assertThat(refused).as("errors").isGreaterThan(Rounds.count(CHAINS));
  }

  /** Gives the same value where the call is refused, and null where the chain ends. */
  private static RandomValue check(RandomCalls.Call call, RandomValue value, String chain) {
    String what = chain + ": " + call.name() + " of " + value.tensor();
    Plain expected = null;
    try {
      expected = call.plain().get();
    } catch (Plain.Refused impossible) {
      // The call must be refused.
    }
    Tensor found;
    try {
      found = call.ours().get();
    } catch (FresnelException e) {
      requireOurs(what, e, expected != null && expected.hasOrdinarySizes());
      return value;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(what + " ended in an error that is not ours", e);
    }
    if (expected == null && found.shape().count() > Plain.MOST) {
      return null; // a view that repeats a few numbers; plain Java would hold them all
    }
    if (expected == null) {
      throw new AssertionError(what + " gave " + found + ", and is not possible");
    }
    requireSame(what, found, expected);
    var numbers = RandomValue.numbers(found);
    boolean goesOn =
        Arrays.stream(numbers).allMatch(x -> Math.abs(x) <= LARGEST)
            && Plain.of(found.shape(), numbers).hasOrdinarySizes();
    return goesOn ? new RandomValue(found, Plain.of(found.shape(), numbers)) : null;
  }

  /** What plain Java computes may be refused for its type alone. */
  private static void requireOurs(String what, FresnelException e, boolean possible) {
    assertThat(e.getMessage()).as(what).hasSizeGreaterThan(15).doesNotContain("libtorch says");
    if (possible) {
      assertThat(e.getMessage())
          .as(what)
          .containsAnyOf("type", "floating-point", "in integers", "does not fit");
    }
  }

  private static void requireSame(String what, Tensor found, Plain expected) {
    assertThat(found.dims()).as(what).isEqualTo(expected.dims());
    assertThat(found.shape().sizes()).as(what).isEqualTo(expected.sizes());
    double[] numbers = RandomValue.numbers(found);
    var type = found.dtype();
    double tolerance = 8 * precision(type) * (1 + expected.scale());
    for (int i = 0; i < numbers.length; i++) {
      double right = as(type, expected.values()[i]);
      boolean same =
          Double.compare(right, numbers[i]) == 0
              || Math.abs(right - numbers[i]) <= tolerance * (1 + Math.abs(right))
              || Double.isInfinite(numbers[i]) && Math.abs(right) > 60_000;
      assertThat(same).as("%s: number %d is %s, expected %s", what, i, numbers[i], right).isTrue();
    }
  }

  /** The distance between 1 and the next number of a type. */
  private static double precision(DType type) {
    return switch (type) {
      case FLOAT64 -> 0x1p-52;
      case FLOAT32 -> 0x1p-23;
      case FLOAT16 -> 0x1p-10;
      case BFLOAT16 -> 0x1p-7;
      default -> 0;
    };
  }

  private static double as(DType type, double number) {
    return switch (type) {
      case INT8 -> (byte) (long) number;
      case UINT8 -> (long) number & 0xff;
      case INT16 -> (short) (long) number;
      case INT32 -> (int) (long) number;
      case BOOL -> number == 0 ? 0 : 1;
      default -> number;
    };
  }
}
