package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MistakesTest {
  /** Mistakes that need no model to be found; bars separate the words. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "heads|--colour",
        "heads|extra",
        "heads|--threshold|1.5",
        "heads|--threshold=-0.1",
        "heads|--threshold|NaN",
        "heads|--threshold|0.5f",
        "heads|--threshold|half",
        "heads|--threshold=",
        "heads|--threshold",
        "heads|--text",
        "heads|--text|a|--text|b",
        "heads|--text|a|--tokens|1",
        "heads|--text|a|--file|b",
        "heads|--tokens|1,,2",
        "heads|--tokens=",
        "heads|--tokens|1,-2",
        "heads|--tokens|a",
        "heads|--tokens|99999999999",
        "heads|--bos|maybe",
        "heads|--processing|folded",
        "attribute|--position=-1",
        "attribute|--position|1.5",
        "attribute|--method|indirect",
        "attribute|--token=",
        "attribute|--token|a|--minus=",
        "attribute|--token-id|3|--minus-id|3",
        "predict|--answer=",
        "patch|--clean|a|--corrupted|b|--answer=",
        "steer|--layer=-1|--positive|a|--negative|b",
        "circuit|--what|qk",
        "circuit|--top|3",
        "circuit|--head|5.1",
        "circuit|--head|L1H0|--what|vo",
        "circuit|--head|L1H0|--what|qk|--singular|2",
        "circuit|--head|L1H0|--output|x.pdf",
        "circuit|--head|L1H0|--mlp|1",
        "circuit|--head|L1H0|--what|w_in",
        "circuit|--what|w_out",
        "circuit|--mlp|1|--what|ov",
        "circuit|--mlp=-1",
        "predict|--position=-1",
        "predict|--top|0",
        "generate|--max-new-tokens|0",
        "generate|--temperature=-1",
        "generate|--top-k|0",
        "generate|--top-p|0",
        "generate|--top-p|1.01",
        "generate|--top-k|3|--top-p|0.5",
        "generate|--greedy|--temperature|0.5",
        "generate|--greedy|--top-k|3",
        "generate|--temperature|0|--top-p|0.5",
        "generate|--repetition-penalty|0",
        "generate|--frequency-penalty=-0.1",
        "generate|--seed|x",
        "generate|--stop=",
        "steer|--positive|a|--negative|b",
        "steer|--layer|1",
        "steer|--layer|1|--positive|a",
        "steer|--layer|1|--positive|a|--negative|b|--pairs|c",
        "steer|--layer|1|--positive|a|--negative|b|--scale|x",
        "steer|--layer|1|--positive|a|--negative|b|--what|z",
        "report|--position|x",
        "cache",
        "cache|--hooks=|--output|a",
        "cache|--hooks|a,,b|--output|a",
        "inspect|--text|a",
        "download",
        "download|gpt2|gpt2",
        "curves",
        "curves|--output|curves.gif",
        "curves|--output|svg",
        "curves|--output|a.svg|extra",
        "models|extra",
        "models|remove",
        "--json|heads",
      })
  void mistakesInTheCommandLineEndWithTwo(String words) {
    var called = Called.with(words.split("\\|", -1)).failed(2);
    assertThat(called.err()).containsPattern("Try 'fresnel( [a-z]+)* --help'");
  }

  @Test
  void noCommandIsAMistakeThatListsThem() {
    assertThat(Called.with().failed(2).err())
        .contains(
            "expected a command: heads, attribute, ",
            ", patch, ",
            ", generate, ",
            ", report, ",
            ", download");
  }

  static Stream<String> needALook() {
    String model = "|--model=" + Called.golden("gpt2");
    return Stream.of(
        "heads|--tokens=1|--model=./absent",
        "heads|--tokens=1|--model=no such model",
        "heads|--tokens=1|--model=",
        "heads|--file=absent.txt",
        "heads|--file=",
        "heads|--tokens=1,9999" + model,
        "heads|--tokens=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1" + model,
        "heads|--text=|--bos=no|--model=by-hand",
        "attribute|--tokens=1,2,3|--position=2" + model,
        "attribute|--tokens=1" + model,
        "predict|--tokens=1,2,3|--position=3" + model,
        "generate|--tokens=1,9999" + model,
        "generate|--tokens=1|--stop=a" + model,
        "cache|--tokens=1|--hooks=blocks.0.attn.hook_patern|--output=x.st" + model,
        "cache|--tokens=1|--output=absent/x.st" + model,
        "cache|--tokens=1|--output=" + model,
        "cache|--tokens=1|--output=/dev/null" + model,
        "curves|--history=absent.jsonl|--output=x.svg",
        "curves|--history=.|--output=x.svg",
        "report|--tokens=1|--output=absent/x.html" + model,
        "report|--tokens=1|--output=." + model);
  }

  @ParameterizedTest
  @MethodSource("needALook")
  void whatNeededALookEndsWithOne(String words) {
    Called.with(words.split("\\|", -1)).failed(1);
    Called.with((words + "|--json").split("\\|", -1)).failed(1);
  }

  @Test
  void aStackTraceIsPrintedOnlyWhereItIsAskedFor() {
    var called = Called.with("heads", "--file", "absent.txt", "--verbose");
    assertThat(called.code()).isEqualTo(1);
    assertThat(called.out()).isEmpty();
    assertThat(called.err()).contains("\tat dev.fresnel.cli.");
  }

  @Test
  void aMistypedOptionIsAnsweredWithTheNearest() {
    assertThat(Called.with("heads", "--treshold", "0.5").failed(2).err()).contains("--threshold");
  }

  @Test
  void messagesCannotSteerTheTerminal() {
    assertThat(Called.with("heads", "--file", "\u001b[2J").failed(1).err())
        .doesNotContain("\u001b")
        .contains("\\u001b[2J");
    var traced = Called.with("heads", "--file", "\u001b[2J\u009b\u202e", "--verbose");
    assertThat(traced.err())
        .contains("\tat dev.fresnel.cli.", "Exception: there is no file \\u001b[2J\\u009b\\u202e")
        .doesNotContain("\u001b", "\u009b", "\u202e");
  }
}
