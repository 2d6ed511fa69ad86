package dev.fresnel.cli;

import dev.fresnel.file.Bytes;
import dev.fresnel.load.ModelStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Downloads a model. */
@Command(
    name = "download",
    description = {
      "Downloads the files needed to load a model, by default of its newest revision, into the"
          + " cache that Python's huggingface_hub uses too. Resumes interrupted downloads."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  fresnel download gpt2",
      "  fresnel download EleutherAI/pythia-70m@step3000",
      "",
      "Environment: HF_TOKEN for private and gated models, HF_HUB_CACHE or HF_HOME for",
      "the cache folder, HF_ENDPOINT for another hub, HF_HUB_OFFLINE=1 for no network,",
      "https_proxy for a proxy, SSL_CERT_FILE for certificates: see docs/ENVIRONMENT.md.",
      "JSON: repository, folder, files, bytes.",
    })
final class DownloadCommand implements Runnable {
  @Parameters(
      index = "0",
      paramLabel = "M",
      description =
          "A known name ('fresnel models' lists them), ORG/NAME[@REVISION], or the address of its page.")
  private String model = "";

  @Mixin private final OutputOptions output = new OutputOptions();

  private final Console console;
  private final Stores stores;

  DownloadCommand(Console console, Stores stores) {
    this.console = console;
    this.stores = stores;
  }

  /** The result of {@code download}. */
  private record Downloaded(String repository, String folder, int files, long bytes)
      implements Document {
    static Downloaded of(ModelStore.Download download) {
      return new Downloaded(
          download.repository(), download.folder().toString(), download.files(), download.bytes());
    }

    @Override
    public String text() {
      return "%s: %d files, %s, in%n%s"
          .formatted(Visible.message(repository), files, Bytes.shown(bytes), folder);
    }
  }

  @Override
  public void run() {
    console.use(output);
    console.show(
        console.during(
            "Downloading " + model,
            progress -> Downloaded.of(stores.telling(progress).download(model))));
  }
}
