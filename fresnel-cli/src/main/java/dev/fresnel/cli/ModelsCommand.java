package dev.fresnel.cli;

import dev.fresnel.file.Bytes;
import dev.fresnel.load.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists the models on this machine and those with short names. */
@Command(
    name = "models",
    synopsisSubcommandLabel = "[remove M]",
    description =
        "Lists the models on this machine with their sizes, and the models known by name.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel models",
      "  fresnel models remove gpt2",
      "  fresnel models --json | jq '.known[] | select(.loadable) | .name'",
      "",
      "JSON: folder, included [name], cached [{repository, name, revisions, bytes,"
          + " incomplete_bytes}], known [{name, repository, aliases, family, loadable, lacks,"
          + " cached}]. 'lacks' is what in the configuration of a model cannot be loaded.",
    })
final class ModelsCommand implements Runnable {
  @Mixin private final OutputOptions output = new OutputOptions();

  private final Console console;
  private final Stores stores;

  ModelsCommand(Console console, Stores stores) {
    this.console = console;
    this.stores = stores;
  }

  @Override
  public void run() {
    console.use(output);
    console.show(ModelsDocument.of(stores.telling(Progress.NONE)));
  }

  /** Deletes a model of the cache. */
  @Command(
      name = "remove",
      description =
          "Deletes all revisions of a model from the cache, which Python's huggingface_hub uses"
              + " too.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  fresnel models remove gpt2",
        "  fresnel models remove EleutherAI/pythia-70m",
        "",
        "JSON: repository, bytes.",
      })
  static final class Remove implements Runnable {
    @Parameters(
        index = "0",
        paramLabel = "M",
        description = "A known name or ORG/NAME, as listed by 'fresnel models'.")
    private String model = "";

    @Mixin private final OutputOptions output = new OutputOptions();

    private final Console console;
    private final Stores stores;

    Remove(Console console, Stores stores) {
      this.console = console;
      this.stores = stores;
    }

    /** The result of deleting. */
    private record Removed(String repository, long bytes) implements Document {
      @Override
      public String text() {
        return "removed " + Visible.message(repository) + ", " + Bytes.shown(bytes);
      }
    }

    @Override
    public void run() {
      console.use(output);
      var removed = stores.telling(Progress.NONE).remove(model);
      console.show(new Removed(removed.repository(), removed.bytes()));
    }
  }
}
