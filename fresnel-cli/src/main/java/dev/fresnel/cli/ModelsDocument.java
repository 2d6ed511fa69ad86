package dev.fresnel.cli;

import dev.fresnel.file.Bytes;
import dev.fresnel.load.KnownModel;
import dev.fresnel.load.Loading;
import dev.fresnel.load.ModelStore;
import dev.fresnel.load.hub.CachedModel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code models}.
 *
 * @param folder where the cache is
 * @param included the names of the models that come with Fresnel, the default first
 */
record ModelsDocument(String folder, List<String> included, List<Cached> cached, List<Known> known)
    implements Document {

  /**
   * A model on this machine.
   *
   * @param name its short name, if it has one
   * @param incompleteBytes the part of its size that unfinished downloads take
   */
  record Cached(
      String repository,
      @Nullable String name,
      List<String> revisions,
      long bytes,
      long incompleteBytes) {
    static Cached of(CachedModel model, List<KnownModel> known) {
      String name =
          known.stream()
              .filter(each -> each.repository().filter(model.repository()::equals).isPresent())
              .map(KnownModel::name)
              .findFirst()
              .orElse(null);
      return new Cached(
          model.repository(), name, model.revisions(), model.bytes(), model.incomplete());
    }

    private String line() {
      String revision =
          revisions.isEmpty() || revisions.equals(List.of("main"))
              ? ""
              : " @" + String.join(", @", revisions);
      String incomplete =
          incompleteBytes == 0 ? "" : ", " + Bytes.shown(incompleteBytes) + " of it incomplete";
      return String.format(
          "%10s  %s%s%n",
          Bytes.shown(bytes),
          Visible.message(name == null ? repository : repository + " (" + name + ")"),
          Visible.message(revision) + incomplete);
    }
  }

  /**
   * A model with a short name.
   *
   * @param repository on the hub; null for a model that is not there
   * @param family the name of its class in transformers
   * @param loadable whether Fresnel can load it
   * @param lacks what in its configuration Fresnel does not know; null where its family decides
   */
  record Known(
      String name,
      @Nullable String repository,
      List<String> aliases,
      String family,
      boolean loadable,
      @Nullable String lacks,
      boolean cached) {
    static Known of(KnownModel model, Set<String> cached) {
      Optional<String> repository = model.repository();
      return new Known(
          model.name(),
          repository.orElse(null),
          model.names().subList(1, model.names().size()),
          model.family(),
          model.canBeLoaded(),
          model.lacks().orElse(null),
          repository.filter(cached::contains).isPresent());
    }

    /** Why it cannot be loaded: its family, or what in its configuration. */
    private String unknown() {
      return lacks == null ? family : lacks;
    }

    private String line() {
      String place = repository == null ? "on no hub" : repository;
      return String.format("%-30s  %s%n", name, place);
    }
  }

  static ModelsDocument of(ModelStore store) {
    List<CachedModel> cached = store.cached();
    Set<String> here = cached.stream().map(CachedModel::repository).collect(Collectors.toSet());
    return new ModelsDocument(
        store.folder().toString(),
        Loading.includedModels(),
        cached.stream().map(model -> Cached.of(model, store.known())).toList(),
        store.known().stream().map(model -> Known.of(model, here)).toList());
  }

  @Override
  public String text() {
    var text = new StringBuilder("with Fresnel, the first by default\n");
    included.forEach(name -> text.append("  ").append(name).append('\n'));
    text.append("\non this machine, in ").append(Visible.message(folder)).append('\n');
    cached.forEach(model -> text.append(model.line()));
    if (cached.isEmpty()) {
      text.append("  none; 'fresnel download gpt2' fetches one\n");
    }
    text.append("\nknown by name\n");
    known.stream().filter(Known::loadable).forEach(model -> text.append("  ").append(model.line()));
    text.append("\nknown by name, of families or kinds that cannot be loaded yet\n");
    known.stream()
        .filter(model -> !model.loadable)
        .collect(Collectors.groupingBy(Known::unknown, TreeMap::new, Collectors.toList()))
        .forEach((family, models) -> text.append(few(family, models)));
    return text.toString();
  }

  /** One family in a line: its name, the number of its models, and the first of them. */
  private static String few(String family, List<Known> models) {
    return String.format(
        "  %-30s  %d: %s%s%n",
        family, models.size(), models.get(0).name, models.size() > 1 ? ", …" : "");
  }
}
