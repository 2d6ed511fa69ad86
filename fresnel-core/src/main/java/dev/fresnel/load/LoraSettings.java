package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.family.Settings;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An adapter_config.json of PEFT: a LoRA that can be merged, or refused by the key that says no.
 */
final class LoraSettings {
  /** What is read here, and what says how or where a LoRA was trained. */
  private static final Set<String> KNOWN =
      Set.of(
          "alpha_pattern",
          "auto_mapping",
          "base_model_name_or_path",
          "corda_config",
          "eva_config",
          "exclude_modules",
          "fan_in_fan_out",
          "inference_mode",
          "init_lora_weights",
          "layers_pattern",
          "layers_to_transform",
          "loftq_config",
          "lora_alpha",
          "lora_dropout",
          "megatron_core",
          "peft_type",
          "peft_version",
          "qalora_group_size",
          "r",
          "rank_pattern",
          "revision",
          "target_modules",
          "task_type",
          "use_rslora");

  /** What other ways of starting a LoRA take from the base's weights, which PEFT takes again. */
  private static final List<String> CHANGES_BASE = List.of("pissa", "olora", "corda", "loftq");

  /** Names of modules; a pattern with other characters is a regular expression. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.]+");

  private static final Pattern LAST = Pattern.compile("[^/\\\\]+$");

  private final Settings settings;

  private LoraSettings(Settings settings) {
    this.settings = settings;
  }

  /**
   * @throws FresnelException if it is no LoRA, or asks for what is not merged
   */
  static LoraSettings of(Settings settings) {
    String kind = settings.text("peft_type", "");
    if (!kind.equals("LORA")) {
      throw settings.wrong(
          "peft_type",
          kind,
          "\"LORA\", the only kind of adapter that is merged; merge others in Python, where they"
              + " can be");
    }
    settings.text("task_type", "");
    for (String key : settings.keys()) {
      if (!KNOWN.contains(key) && !saysNo(key, settings.raw(key))) {
        throw settings.wrong(
            key, settings.raw(key), "absent: what it asks for is not merged here; merge in Python");
      }
    }
    if (settings.raw("init_lora_weights") instanceof String start
        && CHANGES_BASE.stream().anyMatch(start.toLowerCase(Locale.ROOT)::startsWith)) {
      throw settings.wrong(
          "init_lora_weights",
          start,
          "one that leaves the base as it is; PEFT changes the base's weights for this one: merge"
              + " in Python");
    }
    for (String patterns : List.of("rank_pattern", "alpha_pattern")) {
      for (String pattern : map(settings, patterns).keySet()) {
        if (!PLAIN.matcher(pattern).matches()) {
          throw settings.wrong(patterns, pattern, "names of modules; merge in Python");
        }
      }
    }
    return new LoraSettings(settings);
  }

  private static boolean saysNo(String key, @Nullable Object value) {
    return value == null
        || value.equals(false)
        || value.equals("")
        || value.equals(List.of())
        || value.equals(Map.of())
        || key.equals("bias") && value.equals("none");
  }

  /** The base as the file names it: a repository with its revision, or a path. */
  String base() {
    String name = settings.text("base_model_name_or_path", "");
    if (name.isEmpty()) {
      throw settings.wrong("base_model_name_or_path", name, "the name of the adapter's base");
    }
    String revision = settings.text("revision", "");
    return revision.isEmpty() ? name : name + "@" + revision;
  }

  /** The last part of the base's name, which is what its folder would be called. */
  String lastName() {
    base();
    var last =
        LAST.matcher(settings.text("base_model_name_or_path", "").replaceAll("[/\\\\]+$", ""));
    if (!last.find() || last.group().startsWith(".") || last.group().indexOf('\0') >= 0) {
      throw settings.wrong(
          "base_model_name_or_path",
          settings.text("base_model_name_or_path", ""),
          "the name of the adapter's base");
    }
    return last.group();
  }

  /**
   * What the product of a module's matrices is multiplied by.
   *
   * @param rank the matrices' own
   * @throws FresnelException if the file says another rank
   */
  double scale(String module, long rank) {
    double said = number(module, "rank_pattern", "r", 8);
    if (said != rank) {
      String rule =
          settings.raw("r") == null && map(settings, "rank_pattern").isEmpty()
              ? "has no r, which means"
              : "says";
      throw new FresnelException(
          "%s %s rank %.0f for %s, but its matrices have rank %d; fetch configuration and weights again, together"
              .formatted(settings.file(), rule, said, module, rank));
    }
    double alpha = number(module, "alpha_pattern", "lora_alpha", 8);
    boolean byRoot = Boolean.TRUE.equals(settings.raw("use_rslora"));
    return alpha / (byRoot ? Math.sqrt(rank) : rank);
  }

  /** As PEFT: the first pattern that the module's name ends in, or else the number for all. */
  private double number(String module, String patterns, String key, double absent) {
    for (Map.Entry<String, ?> pattern : map(settings, patterns).entrySet()) {
      if (("." + module).endsWith("." + pattern.getKey())) {
        return number(patterns, pattern.getValue());
      }
    }
    Object all = settings.raw(key);
    return all == null ? absent : number(key, all);
  }

  private double number(String key, Object value) {
    if (value instanceof Number number && number.doubleValue() > 0) {
      return number.doubleValue();
    }
    throw settings.wrong(key, value, "a number above 0");
  }

  private static Map<String, ?> map(Settings settings, String key) {
    Object value = settings.raw(key);
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked")
      var named = (Map<String, ?>) map;
      return named;
    }
    throw settings.wrong(key, value, "an object");
  }
}
