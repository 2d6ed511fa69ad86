package dev.fresnel.load.internal.format.torch;

import static dev.fresnel.load.internal.format.Refusal.assertRefused;
import static dev.fresnel.load.internal.format.torch.PickleBytes.pickle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.tensor.Scope;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnpicklerTest {
  @TempDir Path folder;

  @Test
  void aStateDictMadeByHandIsRead() {
    var state =
        pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", 4, 1, new long[] {1, 3}, new long[] {3, 1})
            .op("u.");
    try (var file = TorchCheckpoint.open(state.write(folder));
        var scope = Scope.open()) {
      assertThat(file.read("w").shape()).hasToString("[axis0 1, axis1 3]");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "__builtin__, exec",
    "subprocess, Popen",
    "torch, load",
    "torch._utils, _rebuild_tensor_v3",
    "torch, ComplexFloatStorage",
    "torch, QInt8Storage",
    "numpy, dtype",
    "argparse, Namespace",
    "collections, OrderedDict.__init__",
    "collections, defaultdict",
    "'', ''",
  })
  void everyOtherNameIsRefusedBeforeAnythingIsDoneWithIt(String module, String name) {
    Path plain = pickle().global(module, name).op("(").text("touch x").op("tR.").write(folder);
    assertRefused(plain, () -> TorchCheckpoint.open(plain), module + "." + name, "never run");
    Path onStack = pickle().text(module).text(name).raw(0x93).op(")R.").write(folder);
    assertRefused(onStack, () -> TorchCheckpoint.open(onStack), module + "." + name);
  }

  /**
   * The instructions that make objects of classes, read text forms, or reach a registry; and one
   * that is none.
   */
  @ParameterizedTest
  @ValueSource(
      ints = {
        'i', 'o', 'P', 'S', 'V', 'I', 'L', 'F', 'g', 'p', 'd', 'l', '0', '1', '2', 0x81, 0x82, 0x83,
        0x84, 0x92, 0x96, 0x97, 0x98, 0xff
      })
  void instructionsThatWeightsDoNotNeedAreRefused(int opcode) {
    Path path = pickle().op("}").raw(opcode).op("1\n1\n.").write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path), "0x%02x".formatted(opcode), "offset");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "(.",
        "N",
        "R.",
        "NNR.",
        "Q.",
        "NQ.",
        ")Q.",
        "t.",
        "u.",
        "e.",
        "a.",
        "s.",
        "b.",
        "Nb.",
        "NNb.",
        "h\0.",
        "q\0.",
        "Ns.",
        "N(NNu.",
        "N(Ne.",
        "NNa.",
        "}(Nu.",
        "}(NNu.",
        "}(}Nu.",
        "})Ns.",
        "\u0085.",
        "N\u0086.",
        "(N\u0086.",
        "cos",
        "cos\n",
        "X\u00ff\u00ff\u00ff\u00ff",
        "X\u00ff\u00ff\u00ff\u007f",
        "\u008a\u00ff",
        "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
        "\u0095",
        "\u0080\u0001N.",
        "\u0080\u0006N.",
        "ccollections\nOrderedDict\nNR.",
        "ccollections\nOrderedDict\n(NNtR.",
        "ccollections\nOrderedDict\n(]NatR.",
        "ctorch\nSize\n)R.",
        "ctorch\nSize\n(NtR.",
        "ctorch\nfloat32\n)R.",
        "ctorch\nFloatStorage\n)R.",
        "ctorch._utils\n_rebuild_tensor_v2\n)R.",
        "ctorch._utils\n_rebuild_parameter\n(NtR.",
        "N.",
        "K\u0001.",
        "].",
        ").",
        "}(K\u0001Nu.",
        "}(U\u0001aNu.",
        "}(U\u0001a}u.",
      })
  void nonsenseIsRefused(String instructions) {
    Path path = pickle().op(instructions).write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path));
  }

  @Test
  void aListThatHoldsItselfEndsNothing() {
    Path value = pickle().op("]q\0h\0a}(").text("w").op("h\0u.").write(folder);
    assertRefused(value, () -> TorchCheckpoint.open(value), "holds w", "a list");
    Path key = pickle().op("}(]q\0h\0aNu.").write(folder);
    assertRefused(key, () -> TorchCheckpoint.open(key), "key");
    Path dict = pickle().op("}q\0(").text("model").op("h\0u.").write(folder);
    assertRefused(dict, () -> TorchCheckpoint.open(dict), "holds model", "a dict");
  }

  @Test
  void deepNestingEndsNothing() {
    Path path = pickle().op("N" + "\u0085".repeat(500_000) + ".").write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path), "no dict of weights");
  }

  @ParameterizedTest
  @ValueSource(strings = {"]", "}", "(", "N", "K\1", "U\1a", ")", "\u0088"})
  void aPickleThatFillsTheMemoryIsRefused(String instruction) {
    Path path = pickle().op(instruction.repeat(31_000_000 / instruction.length())).write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path));
  }

  @Test
  void doublingIsRefused() {
    var bomb = pickle().op("]q\0");
    for (int i = 0; i < 200; i++) {
      bomb.op("(" + "h\0".repeat(100) + "tq\0");
    }
    Path path = bomb.op(".").write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Size", "OrderedDict"})
  void aLargeValueHandedToAFunctionAgainAndAgainIsRefused(String function) {
    boolean size = function.equals("Size");
    String items =
        size ? "(" + "K\1".repeat(50_000) + "t" : "](" + "](K\1K\1e".repeat(10_000) + "e";
    var bomb =
        pickle()
            .op(items)
            .op("\u0085q\0")
            .global(size ? "torch" : "collections", function)
            .op("q\1");
    Path path = bomb.op("h\1h\0R".repeat(1_000_000)).op(".").write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "4; 0; 5; 1; past the storage's 4",
        "4; 4; 1; 1; past the storage's 4",
        "4; 5; 0; 1; past the storage's 4",
        "4; -1; 1; 1; past the storage's 4",
        "4; 0; 2; 4; past the storage's 4",
        "4; 0; 2; -1; which cannot be",
        "4; 0; -1; 1; negative size",
        "4; 0; 3; 9223372036854775807; which cannot be",
        "4; 9223372036854775807; 2; 1; past the storage's 4",
        "4; 0; 100000000; 0; too often",
        "4; 0; 4611686018427387904; 0; more numbers than can be counted",
        "5; 0; 1; 1; has 16 bytes",
        "3; 0; 1; 1; has 16 bytes",
        "4611686018427387904; 0; 1; 1; has 16 bytes",
        "-4; 0; 1; 1; no storage",
      })
  void viewsOutsideTheirStorageAreRefused(
      long count, long offset, long size, long stride, String words) {
    Path path =
        pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", count, offset, new long[] {size}, new long[] {stride})
            .op("u.")
            .write(folder);
    assertRefused(path, () -> TorchCheckpoint.open(path), words);
  }

  @Test
  void moreSizesThanStridesAndTooManyAxesAreRefused() {
    Path strides =
        pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", 4, 0, new long[] {1, 1}, new long[] {1})
            .op("u.")
            .write(folder);
    assertRefused(strides, () -> TorchCheckpoint.open(strides), "2 sizes, but 1 strides");
    Path axes =
        pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", 4, 0, new long[100], new long[100])
            .op("u.")
            .write(folder);
    assertRefused(axes, () -> TorchCheckpoint.open(axes), "at most 64 whole numbers");
  }

  @Test
  void aStorageOfTwoTypesOrWithoutBytesIsRefused() {
    Path two =
        pickle()
            .op("}(")
            .text("v")
            .tensor("FloatStorage", "0", 4, 0, new long[] {1}, new long[] {1})
            .text("w")
            .tensor("HalfStorage", "0", 8, 0, new long[] {1}, new long[] {1})
            .op("u.")
            .write(folder);
    assertRefused(two, () -> TorchCheckpoint.open(two), "described twice");
    Path missing =
        pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "../../etc/passwd", 4, 0, new long[] {1}, new long[] {1})
            .op("u.")
            .write(folder);
    assertRefused(missing, () -> TorchCheckpoint.open(missing), "no entry");
  }
}
