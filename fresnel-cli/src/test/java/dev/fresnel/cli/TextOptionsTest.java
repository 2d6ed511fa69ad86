package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextOptionsTest {
  @TempDir Path folder;

  /** The text that the model read, joined from its tokens, which are bytes. */
  private static String read(String... option) {
    var args = new String[option.length + 4];
    System.arraycopy(
        new String[] {"heads", "--model=by-hand", "--json", "--bos=yes"}, 0, args, 0, 4);
    System.arraycopy(option, 0, args, 4, option.length);
    return String.join("", Called.with(args).json().get("tokens").findValuesAsText("text"))
        .substring("<|bos|>".length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "  leading and trailing \n",
        "@file",
        "@@x",
        "-1",
        "--json",
        "-h",
        "\"quoted\"",
        "'quoted'",
        "a,b",
        "a=b",
        "${sys:user.home}",
        "a\\nb",
        "\ttab"
      })
  void aTextIsTakenAsItStands(String text) {
    assertThat(read("--text=" + text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " padded ", "@pom.xml", "\"quoted\"", "-1", "--json", "-h"})
  void aTextInAWordOfItsOwnIsTakenAsItStands(String text) {
    assertThat(read("--text", text)).isEqualTo(text);
  }

  @Test
  void aTextIsReadFromAPipe() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "needs pipes");
    var writer = new ProcessBuilder("sh", "-c", "printf 'a b' >'" + pipe + "'").start();
    assertThat(read("--file=" + pipe)).isEqualTo("a b");
    assertThat(writer.waitFor()).isZero();
  }

  @Test
  void aFileWithoutEndIsReadUpToTheLimit() {
    assumeTrue(Files.exists(Path.of("/dev/zero")), "has a file without end");
    Called.with("heads", "--model=by-hand", "--file=/dev/zero").failed(1);
  }

  @Test
  void aTextFarLongerThanTheContextIsRefusedBeforeItIsTokenized() throws IOException {
    Path file = Files.writeString(folder.resolve("long.txt"), "word ".repeat(2_000_000));
    Called called = Called.with("heads", "--model=by-hand", "--file=" + file).failed(1);
    assertThat(called.err()).contains("10,000,000 characters", "the model reads at most");
  }

  @Test
  void aTokenizerMayBeTrusted() {
    Called.with("heads", "--model=by-hand", "--trust-tokenizer", "--text=ab").succeeded();
  }

  @Test
  void anArgumentThatBeginsWithAtIsNoListOfArguments() throws IOException {
    Path file = Files.writeString(folder.resolve("args"), "--help");
    Called.with("heads", "@" + file).failed(2);
  }

  @Test
  void aFileIsReadWithItsLastLineEnd() throws IOException {
    Path file = Files.writeString(folder.resolve("text.txt"), " one\ntwo\n");
    assertThat(read("--file", file.toString())).isEqualTo(" one\ntwo\n");
  }

  @Test
  void aByteOrderMarkAtTheHeadOfAFileIsLeftOutWithALine() throws IOException {
    Path file = Files.writeString(folder.resolve("marked.txt"), "\uFEFFone\r\n\uFEFFtwo\n");
    Called called = Called.with("heads", "--model=by-hand", "--json", "--file=" + file).succeeded();
    assertThat(called.err()).contains(file + " begins with a byte-order mark", "it is left out");
    assertThat(called.json().get("tokens")).hasSize("one\r\nXXXtwo\n".length() + 1);
    assertThat(read("--text=\uFEFFa")).as("a text stays as it was given").hasSize(4);
    Path plain = Files.writeString(folder.resolve("plain.txt"), "one");
    assertThat(Called.with("heads", "--model=by-hand", "--file=" + plain).succeeded().err())
        .doesNotContain("byte-order");
  }

  @Test
  void aLineMeansStandardInput() {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream("a b\n".getBytes(StandardCharsets.UTF_8)));
      assertThat(read("--file=-")).isEqualTo("a b\n");
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void theFirstTokensOfATextAreReadAndJsonSaysSo() throws IOException {
    Called called =
        Called.with("heads", "--model=by-hand", "--text=abcdef", "--first=3", "--json").succeeded();
    assertThat(called.json().get("tokens").findValuesAsText("text"))
        .containsExactly("<|bos|>", "a", "b");
    assertThat(called.json().get("first").asInt()).isEqualTo(3);
    assertThat(called.err()).contains("the text's first 3 tokens, BOS included");
    Called whole =
        Called.with("heads", "--model=by-hand", "--text=ab", "--first=3", "--json").succeeded();
    assertThat(whole.json().get("tokens")).hasSize(3);
    assertThat(whole.err()).doesNotContain("first");
    assertThat(Called.with("heads", "--model=by-hand", "--text=ab", "--json").json().has("first"))
        .isFalse();
    Called ids = Called.with("heads", "--model=by-hand", "--tokens=1,2,3", "--first=2", "--json");
    assertThat(ids.json().get("tokens")).hasSize(2);
    Path file = Files.writeString(folder.resolve("long.txt"), "word ".repeat(2_000_000));
    Called.with("heads", "--model=by-hand", "--file=" + file, "--first=5").succeeded();
  }

  /** Each has fields of its own and no other: those of the document without it, and first. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "heads",
        "attribute",
        "lens",
        "predict",
        "generate|--max-new-tokens=2",
        "steer|--layer=1|--positive=a|--negative=b|--max-new-tokens=2",
        "ablate",
        "knockout|--from=-1|--to=1|--answer=a"
      })
  void theFieldFirstStandsBesideTheOthers(String words) {
    String call = words + "|--model=by-hand|--text=abab|--json";
    var without = Called.with(call.split("\\|")).json();
    var with = Called.with((call + "|--first=4").split("\\|")).json();
    assertThat(with.get("first").asInt()).isEqualTo(4);
    var names = new ArrayList<String>();
    without.fieldNames().forEachRemaining(names::add);
    names.add("first");
    assertThat(with.fieldNames()).toIterable().containsExactlyElementsOf(names);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "x", "1.5"})
  void fewerThanOneTokenIsAMistakeOfTheCommandLine(String count) {
    assertThat(Called.with("heads", "--text=ab", "--first=" + count).failed(2).err())
        .contains("a whole number from 1 on");
  }

  @Test
  void anEmptyTextIsReadAsTheBosAloneWithARemark() throws IOException {
    assertThat(Called.with("heads", "--model=by-hand", "--text=").succeeded().err())
        .contains("The text is empty: reading the BOS token alone.");
    Path file = Files.writeString(folder.resolve("mark-alone.txt"), "\uFEFF");
    assertThat(Called.with("heads", "--model=by-hand", "--file=" + file).succeeded().err())
        .contains("The text is empty");
    assertThat(Called.with("heads", "--model=by-hand", "--text= ").succeeded().err())
        .doesNotContain("empty");
  }

  @Test
  void filesThatAreNoTextAreRefused() throws IOException {
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, 0});
    assertThat(Called.with("heads", "--file", binary.toString()).failed(1).err())
        .contains("not UTF-8");
    assertThat(Called.with("heads", "--file", folder.toString()).failed(1).err())
        .contains(folder + " is a folder; expected a file");
    assertThat(Called.with("heads", "--file", folder + "/absent").failed(1).err())
        .contains("there is no file");
  }

  @Test
  void tokensAreTakenAsTheyStandAndNeedNoTokenizer() {
    var json =
        Called.with(
                "heads",
                "--model",
                Called.golden("gpt2"),
                "--tokens",
                "3,1,3",
                "--bos=yes",
                "--json")
            .json();
    assertThat(json.get("tokens").toString())
        .isEqualTo(
            "[{\"id\":3,\"text\":null,\"piece\":null},{\"id\":1,\"text\":null,\"piece\":null},"
                + "{\"id\":3,\"text\":null,\"piece\":null}]");
    assertThat(json.get("bos").asBoolean()).isFalse();
  }

  @Test
  void aTextForAModelWithoutTokenizerIsRefusedWithTheWayOut() {
    assertThat(
            Called.with("heads", "--model", Called.golden("gpt2"), "--text", "a").failed(1).err())
        .contains("has no tokenizer")
        .contains("--tokens");
    assertThat(
            Called.with(
                    "predict", "--model", Called.golden("gpt2"), "--tokens", "1", "--answer", "a")
                .failed(1)
                .err())
        .contains("has no tokenizer");
  }

  @Test
  void bosIsTheModelsOwnChoiceUnlessGiven() {
    String model = Called.golden("gpt2-text");
    assertThat(
            Called.with("heads", "--model", model, "--text", "the", "--json")
                .json()
                .get("bos")
                .asBoolean())
        .isTrue();
    assertThat(
            Called.with("heads", "--model", model, "--text", "the", "--bos=no", "--json")
                .json()
                .get("bos")
                .asBoolean())
        .isFalse();
  }
}
