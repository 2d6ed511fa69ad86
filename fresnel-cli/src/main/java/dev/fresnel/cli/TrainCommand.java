package dev.fresnel.cli;

import dev.fresnel.train.Recipe;
import dev.fresnel.train.TokenizerSource;
import dev.fresnel.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a model on a text. */
@Command(
    name = "train",
    description = {
      "Trains a transformer on a text and writes checkpoints to a folder, which can be loaded as a"
          + " model at any time. To resume a stopped run, repeat the command."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel train --text corpus.txt",
      "  fresnel heads --model corpus-model",
      "  fresnel train --text corpus.txt --vocabulary 3000 --output own",
      "  fresnel train --config toy.json --text corpus.txt --output toy",
      "",
      "A recipe for --config:",
      "  {\"model\": {\"n_layers\": 2, \"d_model\": 64, \"d_head\": 16, \"n_ctx\": 64,",
      "    \"attn_only\": true}, \"initialization\": \"gpt2\",",
      "    \"training\": {\"seed\": 1, \"steps\": 500, \"batch\": 16, \"length\": 64,",
      "    \"rate\": 0.001, \"warmup\": 50}}",
      "",
      "Its keys, with the values of those that are left out in brackets:",
      "initialization   gpt2, xavier_normal, kaiming_normal or sinusoids [gpt2]",
      "biases           whether the model has them [true]",
      "model            keys of TransformerLens's HookedTransformerConfig:",
      "  n_layers, d_model, d_head, n_ctx (the longest text)",
      "  n_heads [d_model / d_head], n_key_value_heads [n_heads]",
      "  model_name [custom], default_prepend_bos [true]",
      "  d_vocab [the tokenizer's], d_vocab_out [d_vocab]",
      "  attn_only [false]; if false, act_fn (relu, gelu, gelu_new, silu, solu),",
      "  d_mlp [4 d_model], gated_mlp [false], parallel_attn_mlp [false]",
      "  normalization_type (null, LN, LNPre, RMS, RMSPre) [LN], eps [1e-5],",
      "  final_rms [false], post_embedding_ln [false],",
      "  use_normalization_before_and_after [false]",
      "  positional_embedding_type (standard, shortformer, rotary, alibi) [standard]",
      "  rotary_dim [d_head], rotary_base [10000], rotary_adjacent_pairs [false],",
      "  use_NTK_by_parts_rope [false], NTK_by_parts_factor [8],",
      "  NTK_by_parts_low_freq_factor [1], NTK_by_parts_high_freq_factor [4],",
      "  NTK_original_ctx_len [8192]",
      "  use_attn_scale [true], attn_scale [the square root of d_head],",
      "  scale_attn_by_inverse_layer_idx [false], attn_scores_soft_cap [-1: none],",
      "  output_logits_soft_cap [-1: none]",
      "  use_local_attn [false], window_size, attn_types (global or local, by layer)",
      "training",
      "  steps            the number of batches",
      "  batch            sequences per batch",
      "  length           tokens of a sequence that the model reads; at most n_ctx",
      "  shorter          the same for every second batch, with more sequences [none]",
      "  rate             the learning rate after the warm-up",
      "  warmup           steps in which the rate grows from 0 [0]",
      "  last_rate        the rate falls to this along half a cosine [0]",
      "  seed             of the weights, the batches and the order of the text [0]",
      "  first_beta [0.9], second_beta [0.999], epsilon [1e-8], weight_decay [0.01]",
      "                   of AdamW",
      "  clip             the greatest norm of all gradients together [1]",
      "  bos              the share of sequences that begin with BOS [0.5]",
      "  every            steps between two measurements and checkpoints [100]",
      "  repeats          sequences that repeat themselves [none], a list of objects:",
      "    from             the first step for which the object holds [0]",
      "    share            the share of such sequences, from 0 to 1",
      "    random           the share of these that are random tokens, not text",
      "    shortest, longest  the lengths of the stretch that comes again, in tokens",
      "    times            how often it comes [until the sequence is full]",
      "",
      "The folder contains config.json, model.safetensors, tokenizer.json,",
      "history.jsonl (one line per measurement) and training.safetensors, from which a",
      "stopped run resumes.",
      "",
      "JSON: output, steps, tokens, loss, held_out_loss, induction, previous_token.",
    })
final class TrainCommand implements Runnable {
  @Mixin private final OutputOptions output = new OutputOptions();
  private final Console console;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "JSON file with the model and its training settings. Default: a model as the bundled one,"
            + " two layers of attention, with at most 2,000 steps."
      })
  private @Nullable Path config;

  @Option(
      names = "--text",
      paramLabel = "FILE",
      required = true,
      description = "UTF-8 text file to train on.")
  private Path text;

  @ArgGroup private @Nullable Vocabulary vocabulary;

  /** Where the tokenizer comes from. */
  private static final class Vocabulary {
    @Option(
        names = "--tokenizer",
        paramLabel = "FILE",
        description = {
          "A tokenizer.json. Default: the one beside --config; if there is none, the bundled"
              + " model's, of 3,000 English tokens."
        })
    private @Nullable Path tokenizer;

    @Option(
        names = "--vocabulary",
        paramLabel = "N",
        converter = Converters.VocabularyConverter.class,
        description = "First learn a byte-level BPE tokenizer of N tokens from the text.")
    private @Nullable Integer size;
  }

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = {
        "The folder for the model and its checkpoints; created if missing. Default: the text's name"
            + " with '-model' behind it, in the current folder."
      })
  private @Nullable Path folder;

  @Option(
      names = "--until",
      paramLabel = "STEP",
      converter = Converters.CountConverter.class,
      description = "Stop after this step; repeat the command without it to resume.")
  private @Nullable Integer until;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.use(output);
    var run =
        TrainingRun.of(text, folder())
            .withTokenizer(tokenizer())
            .withUntil(until == null ? 0 : until);
    var recipe = config == null ? run : run.withRecipe(Recipe.read(config));
    var last =
        console.during(
            "Training",
            progress -> {
              try (var watch = new TrainingWatch(console, progress, run.folder())) {
                return recipe.run(watch);
              }
            });
    console.show(TrainDocument.of(run.folder(), last));
  }

  private Path folder() {
    if (folder != null) {
      return folder;
    }
    Path name = text.getFileName();
    String stem = name == null ? "text" : name.toString().replaceFirst("(?<=.)\\.[^.]*$", "");
    return Path.of(stem + "-model");
  }

  private TokenizerSource tokenizer() {
    if (vocabulary != null && vocabulary.size != null) {
      return new TokenizerSource.Learned(vocabulary.size);
    }
    if (vocabulary != null && vocabulary.tokenizer != null) {
      return new TokenizerSource.File(vocabulary.tokenizer);
    }
    Path beside = config == null ? null : config.toAbsolutePath().resolveSibling("tokenizer.json");
    return beside != null && Files.exists(beside)
        ? new TokenizerSource.File(beside)
        : new TokenizerSource.Bundled();
  }
}
