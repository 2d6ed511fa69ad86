package dev.fresnel.cli;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.ActivationFile;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes activations to a file that Python reads. */
@Command(
    name = "cache",
    description = {
      "Writes activations to a safetensors file, under TransformerLens's names, as float32, with"
          + " the batch dimension. 'logits' are always included."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel cache --output all.safetensors",
      "  fresnel cache --hooks 'blocks.*.attn.hook_pattern,blocks.1.hook_resid_post' \\",
      "      --output a.safetensors",
      "",
      "JSON: model, output, tensors [{name, shape}].",
      "In Python:",
      "  safetensors.numpy.load_file(\"a.safetensors\")[\"blocks.0.attn.hook_pattern\"]",
      "In Java:",
      "  ActivationFile.open(Path.of(\"a.safetensors\")).cache().get(PATTERN, 0)",
      "'fresnel inspect' lists the hook points of a model.",
    })
final class CacheCommand extends TextCommand {
  @Option(
      names = "--hooks",
      paramLabel = "NAMES",
      converter = Converters.HooksConverter.class,
      description = {
        "Hook points, separated by commas. '*' matches any characters, including dots. Default:"
            + " '*', which matches all except hook_tokens, attn_in, q_input, k_input, v_input,"
            + " mlp_in and result: those are written only if named in full, as in"
            + " 'blocks.*.attn.hook_result'."
      })
  private Converters.Hooks hooks = new Converters.Hooks(List.of("*"));

  @Option(
      names = "--output",
      paramLabel = "FILE",
      required = true,
      description = "The file to write.")
  private Path file;

  CacheCommand(Console console, Models models) {
    super(console, models);
  }

  /** The result of {@code cache}. */
  private record Written(String model, String output, List<Entry> tensors) implements Document {
    /** One tensor of the file. */
    private record Entry(String name, long[] shape) {}

    @Override
    public String text() {
      return output + "\n" + tensors.size() + " tensors";
    }
  }

  /** False: the file holds ids. */
  @Override
  boolean showsTokens() {
    return false;
  }

  @Override
  void prepare() {
    OutputFile.requireWritable(file);
    super.prepare();
  }

  @Override
  Document answer(Transformer model, Tokens tokens) {
    var plan = RunPlan.captureMatching(hooks.patterns().toArray(String[]::new));
    return lookAt(model, tokens, plan, this::write);
  }

  private Document write(Run run) {
    ActivationFile.write(file, run);
    return new Written(
        run.model().config().name(),
        file.toString(),
        ActivationFile.tensors(run).entrySet().stream()
            .map(each -> new Written.Entry(each.getKey(), each.getValue().shape().toArray()))
            .toList());
  }
}
