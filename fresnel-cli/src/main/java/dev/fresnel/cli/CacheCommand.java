package dev.fresnel.cli;

import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.TensorFile;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
      "'fresnel inspect' lists the hook points of a model.",
    })
final class CacheCommand extends TextCommand {
  private static final String LOGITS = "logits";

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
    Map<String, Tensor> tensors = tensors(run);
    TensorFile.write(file, tensors, notes(run));
    return new Written(
        run.model().config().name(),
        file.toString(),
        tensors.entrySet().stream()
            .map(each -> new Written.Entry(each.getKey(), each.getValue().shape().toArray()))
            .toList());
  }

  private static Map<String, Tensor> tensors(Run run) {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (HookPoint point : run.cache().points()) {
      tensors.put(point.name(), run.cache().get(point));
    }
    tensors.put(LOGITS, run.logits());
    return tensors;
  }

  private static Map<String, String> notes(Run run) {
    var notes = new LinkedHashMap<String, String>();
    notes.put("model", run.model().config().name());
    notes.put("source", run.model().provenance().source());
    notes.put("tokens", ReportFooter.ids(run));
    notes.put("processing", String.join(",", run.model().provenance().processing()));
    return notes;
  }
}
