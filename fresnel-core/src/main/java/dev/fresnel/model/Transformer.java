package dev.fresnel.model;

import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.HookKind.LN_FINAL_NORMALIZED;
import static dev.fresnel.hook.HookKind.LN_FINAL_SCALE;
import static dev.fresnel.model.WeightKind.B_U;
import static dev.fresnel.model.WeightKind.LN_FINAL_W;
import static dev.fresnel.model.WeightKind.W_U;

import dev.fresnel.error.FresnelException;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Bos;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerOrReason;
import dev.fresnel.text.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer: its configuration, its weights and the forward pass, in which every
 * activation can be watched and changed. Immutable; many threads may run it at once. Any thread may
 * close it at any time, also from a hook: runs that are under way end with an error.
 *
 * <pre>{@code
 * try (var model = Fresnel.load(); var run = model.run(model.tokens("…"), RunPlan.capture(PATTERN))) {
 *   run.cache().get(PATTERN, 1);   // [batch, head, query, key]
 * }
 * }</pre>
 */
public final class Transformer implements AutoCloseable {
  /** TransformerLens's names of what query heads share. */
  private static final Pattern AS_STORED = Pattern.compile("blocks\\.\\d+\\.attn\\._[Wb]_[KV]");

  private final ModelConfig config;
  private final Weights weights;
  private final Provenance provenance;
  private final @Nullable Tokenizer tokenizer;
  private final String whyNoTokenizer;
  private final List<HookPoint> hookPoints;
  private final List<Block> blocks;
  private final NormLayer lnFinal;
  private final EmbeddingLayer embedding;
  private final Unembedding unembedding;
  private final Given given;

  /**
   * @param weights by TransformerLens's names, with named dimensions; missing biases count as zero
   * @param tokenizer null if the model reads only token ids, not text
   */
  public Transformer(
      ModelConfig config,
      Map<String, Tensor> weights,
      @Nullable Tokenizer tokenizer,
      Provenance provenance) {
    this(config, new Weights(weights), TokenizerOrReason.of(tokenizer), provenance);
  }

  /**
   * A model whose lack of a tokenizer has a reason.
   *
   * @param weights as for the constructor
   * @param tokenizer the tokenizer, or why the model reads only token ids
   */
  public static Transformer of(
      ModelConfig config,
      Map<String, Tensor> weights,
      TokenizerOrReason tokenizer,
      Provenance provenance) {
    return new Transformer(config, new Weights(weights), tokenizer, provenance);
  }

  private Transformer(
      ModelConfig config, Weights weights, TokenizerOrReason tokenizer, Provenance provenance) {
    this.config = config;
    this.weights = weights;
    this.tokenizer = tokenizer.tokenizer();
    whyNoTokenizer = tokenizer.reason();
    this.provenance = provenance;
    hookPoints = HookMap.of(config);
    try (var scope = Scope.open()) {
      embedding = new EmbeddingLayer(config, this.weights);
      blocks =
          IntStream.range(0, config.sizes().layers())
              .mapToObj(layer -> new Block(config, this.weights, layer))
              .toList();
      lnFinal =
          NormLayer.of(
              config.norm(),
              D_MODEL,
              this.weights,
              LN_FINAL_W.inModel(),
              LN_FINAL_SCALE,
              LN_FINAL_NORMALIZED);
      unembedding = new Unembedding(this.weights.layer(W_U, B_U), config.logitCap());
    }
    given = new Given(config.sizes(), unembedding.layer().weight().dtype());
  }

  // ---- configuration and weights ----

  public ModelConfig config() {
    return config;
  }

  public Provenance provenance() {
    return provenance;
  }

  public int layers() {
    return config.sizes().layers();
  }

  public int heads() {
    return config.sizes().heads();
  }

  /**
   * Every place where an activation can be watched or changed, in the order in which a run passes
   * them.
   */
  public List<HookPoint> hookPoints() {
    return hookPoints;
  }

  /** The number of parameters. */
  public long parameters() {
    return weights.parameters();
  }

  public Set<String> weightNames() {
    return weights.all().keySet();
  }

  /**
   * A weight by TransformerLens's name, with named dimensions: {@code blocks.0.attn.W_Q} is [head,
   * d_model, d_head]. If query heads share keys and values, {@code W_K} repeats the shared ones for
   * every head, and {@code _W_K} [kv_head, d_model, d_head] has them as stored.
   */
  public Tensor weight(String name) {
    boolean stored = AS_STORED.matcher(name).matches();
    Tensor weight = weights.get(stored ? name.replace("attn._", "attn.") : name);
    if (stored || !weight.has(KV_HEAD)) {
      return weight;
    }
    long group = config.sizes().heads() / config.sizes().keyValueHeads();
    return weight.repeatEach(KV_HEAD, group).rename(KV_HEAD, HEAD);
  }

  /** A weight by its kind: {@code weight(W_Q.at(0))} is {@code weight("blocks.0.attn.W_Q")}. */
  public Tensor weight(WeightName name) {
    return weight(name.name());
  }

  /** Whether the model has a weight; a bias that it lacks counts as zero. */
  public boolean has(WeightName name) {
    return weights.find(name).isPresent();
  }

  // ---- text ----

  public Optional<Tokenizer> tokenizer() {
    return Optional.ofNullable(tokenizer);
  }

  /** The text's tokens. A BOS comes first if this model's texts start with one. */
  public Tokens tokens(String text) {
    return tokens(text, config.prependBos() ? Bos.PREPEND : Bos.NONE);
  }

  public Tokens tokens(String text, Bos bos) {
    return requireTokenizer().tokens(text, bos);
  }

  /**
   * The tokens of a batch of texts. Shorter ones are padded on the left, and the padding is masked.
   */
  public Tokens tokens(List<String> texts) {
    return requireTokenizer().tokens(texts, config.prependBos() ? Bos.PREPEND : Bos.NONE);
  }

  /** Tokens with these ids; nothing is added. */
  public Tokens tokens(int... ids) {
    Tokens tokens = Tokens.of(ids);
    return tokenizer == null ? tokens : tokenizer.label(tokens);
  }

  private Tokenizer requireTokenizer() {
    return requireTokenizer("give token ids instead");
  }

  /**
   * The tokenizer.
   *
   * @param otherwise what to do without one, for the error
   * @throws FresnelException if there is none that can be used; it says why
   */
  public Tokenizer requireTokenizer(String otherwise) {
    if (tokenizer == null) {
      throw new FresnelException(
          "%s cannot read text, for it %s; %s".formatted(config.name(), whyNoTokenizer, otherwise));
    }
    return tokenizer;
  }

  // ---- running ----

  /** Runs the model without capturing activations. */
  public Run run(Tokens tokens) {
    return run(tokens, RunPlan.nothing());
  }

  /**
   * Runs the model on a batch of texts.
   *
   * @param plan what to capture, what to change, and where to start and stop
   * @return the run, with logits and captured activations; close it to free them
   * @throws FresnelException if a token is outside the vocabulary, the text is longer than the
   *     context, or the plan names a place that this model does not have or this run does not reach
   */
  public Run run(Tokens tokens, RunPlan plan) {
    return runFrom(tokens, plan, null);
  }

  /**
   * Runs the model on a continuation of positions that it has read. The activations at the new
   * positions are the same as in a run over the whole text.
   *
   * @param tokens one continuation per text of the past, without padding (but for the first run of
   *     {@link Past#growing(Transformer, int, Tokens)})
   * @param past the keys and values of the earlier positions
   * @throws FresnelException as {@link #run(Tokens, RunPlan)}, and if the past is of another model
   *     or has another number of texts
   */
  public Run run(Tokens tokens, RunPlan plan, Past past) {
    past.requireFits(this, tokens);
    past.begin(plan, tokens.length());
    int read = 0;
    try {
      Run run = runFrom(tokens, plan, past);
      read = tokens.length();
      return run;
    } finally {
      past.end(read);
    }
  }

  private Run runFrom(Tokens tokens, RunPlan plan, @Nullable Past past) {
    weights.requireOpen();
    var positions =
        new TokenPositions(
            past == null ? 0 : past.length(),
            tokens.length(),
            past == null ? paddings(tokens) : past.paddings());
    new TokenCheck(config).check(tokens, positions);
    plan.requireWithin(layers());
    var passed = HookMap.passed(config, hookPoints, plan);
    plan.requireReached(hookPoints, passed);
    var owner = new Owner("Run");
    try (var scope = Scope.open()) {
      var trace = new Trace(plan, passed, layers(), owner);
      Run.End end = forward(tokens, plan, positions, past, trace, owner);
      return new Run(this, tokens, positions, past, trace.kept(), end, plan, owner);
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  private static List<Integer> paddings(Tokens tokens) {
    return IntStream.range(0, tokens.batch()).map(tokens::padding).boxed().toList();
  }

  private Run.End forward(
      Tokens tokens,
      RunPlan plan,
      TokenPositions positions,
      @Nullable Past past,
      Trace trace,
      Owner owner) {
    int start = plan.start().map(RunPlan.Start::layer).orElse(0);
    int stop = plan.stop(layers());
    try {
      Tensor entering =
          plan.start()
              .map(from -> given.residual(from.residual(), tokens).copy())
              .orElseGet(() -> embedding.forward(tokens, trace));
      var pass = new Pass(config, weights, positions, trace, past);
      int lastAlone = plan.hasLastLogitsOnly() && !trace.watchesEnd() ? layers() - 1 : layers();
      Tensor residual = plan.start().isPresent() ? entering : pass.positions().addTo(entering);
      for (int layer = start; layer < stop; layer++) {
        Block block = blocks.get(layer);
        trace.enter(layer);
        boolean last = layer == lastAlone;
        residual = Scope.step(residual, x -> block.forward(x, pass, last));
      }
      residual = owner.keep(residual, "the final residual stream");
      if (stop < layers()) {
        return new Run.End(residual, null, null);
      }
      var end = lnFinal.normalize(residual, trace);
      return new Run.End(
          residual,
          end.divisor() == null ? null : owner.keep(end.divisor(), "the final norm's scale"),
          owner.keep(end.output(), "the final norm's output"));
    } catch (Trace.Finished finished) {
      return Run.End.EARLY;
    }
  }

  // ---- unembedding, final norm and output projections ----

  /**
   * The logits of a vector that has passed the final norm: applies the unembedding, its bias and
   * the logits' soft cap.
   *
   * @param residual [.., d_model]
   * @return [.., d_vocab], in natural log units
   */
  public Tensor unembed(Tensor residual) {
    weights.requireOpen();
    given.vectors(residual);
    return unembedding.logits(residual);
  }

  /**
   * The logits of some tokens only, of a vector that has passed the final norm: {@link #unembed}
   * without the rest of the vocabulary.
   *
   * @param residual [.., d_model]
   * @param ids the tokens, from 0 to the number of logits less 1
   * @return [.., d_vocab], one per id, in their order
   */
  public Tensor unembed(Tensor residual, int... ids) {
    weights.requireOpen();
    given.vectors(residual);
    return unembedding.logits(residual, Arrays.stream(ids).asLongStream().toArray());
  }

  /**
   * Applies the final norm to a residual stream, with that stream's own statistics, as a logit lens
   * does.
   */
  public Tensor normalizeFinal(Tensor residual) {
    weights.requireOpen();
    given.vectors(residual);
    return Scope.result(() -> lnFinal.forward(residual, Trace.none()));
  }

  /** What each head of a layer adds to the residual stream [batch, pos, head, d_model]. */
  public Tensor headResults(int layer, Tensor z) {
    weights.requireOpen();
    if (layer < 0 || layer >= layers()) {
      throw new FresnelException(
          "there is no layer %d: %s has layers 0 to %d"
              .formatted(layer, config.name(), layers() - 1));
    }
    given.z(z);
    return Scope.result(() -> blocks.get(layer).attention().result(z));
  }

  @Override
  public void close() {
    weights.close();
    if (tokenizer != null) {
      tokenizer.close();
    }
  }

  @Override
  public String toString() {
    return "Transformer " + config.name();
  }
}
