package dev.fresnel.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFileTest {
  @TempDir Path folder;

  @Test
  void aFileIsReadUpToItsLimit() throws IOException {
    Path file = Files.writeString(folder.resolve("f"), "abc");
    assertThat(InputFile.bytes(file, 3)).hasSize(3);
    assertThatThrownBy(() -> InputFile.bytes(file, 2))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("more than 2 bytes");
  }

  @Test
  void foldersAndLinksToNothingAreRefused() throws IOException {
    assertThatThrownBy(() -> InputFile.bytes(folder, 9)).hasMessageContaining("is a folder");
    Path link = Files.createSymbolicLink(folder.resolve("l"), folder.resolve("gone"));
    assertThatThrownBy(() -> InputFile.bytes(link, 9)).hasMessageContaining("link to a file");
  }

  @Test
  void aLinkMayNotLeaveTheFolder() throws IOException {
    Path outside = Files.writeString(folder.resolve("secret"), "word");
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.createSymbolicLink(model.resolve("config.json"), outside);
    assertThatThrownBy(() -> InputFile.ofFolder(model, "config.json"))
        .hasMessageContaining("outside its folder")
        .hasMessageNotContaining("word");
    Files.writeString(model.resolve("v1.json"), "{}");
    Files.createSymbolicLink(model.resolve("inside.json"), Path.of("v1.json"));
    assertThat(InputFile.ofFolder(model, "inside.json")).hasContent("{}");
  }

  @Test
  void linksOfTheHubsCacheAreFollowed() throws IOException {
    Path repository = folder.resolve("models--org--name");
    Path snapshot = Files.createDirectories(repository.resolve("snapshots/c0ffee"));
    Files.createDirectories(repository.resolve("blobs"));
    Files.writeString(repository.resolve("blobs/12ab"), "{}");
    Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../../blobs/12ab"));
    assertThat(InputFile.ofFolder(snapshot, "config.json")).hasContent("{}");
  }
}
