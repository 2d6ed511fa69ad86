package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of the hub's pages that users paste as a model's name. */
class HubAddressTest {
  private static final URI MIRROR = URI.create("http://mirror.example:8080/hf");

  private static Optional<String> name(String text) {
    return HubAddress.name(text, () -> MIRROR);
  }

  @ParameterizedTest
  @CsvSource({
    "https://huggingface.co/org/name, org/name",
    "https://huggingface.co/org/name/, org/name",
    "http://www.huggingface.co/org/name?library=x#y, org/name",
    "HTTPS://HuggingFace.co/org/name, org/name",
    "https://hf.co/org/name/tree, org/name",
    "huggingface.co/org/name, org/name",
    "hf.co/org/name/tree/v1.0, org/name@v1.0",
    "' https://huggingface.co/org/name/tree/main ', org/name@main",
    "https://huggingface.co/org/name/tree/refs%2Fpr%2F7, org/name@refs/pr/7",
    "https://huggingface.co/org/name/tree/refs/pr/7, org/name@refs/pr/7",
    "https://huggingface.co/models/org/name, org/name",
    "https://huggingface.co/gpt2, gpt2",
    "http://mirror.example:8080/hf/org/name/tree/dev, org/name@dev"
  })
  void aModelsPageIsItsName(String address, String name) {
    assertThat(name(address)).contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"org/name", "gpt2", "/tmp/x", "org/name@v1", "C:\\models\\x", "", "a b"})
  void whatIsNoAddressIsLeftAlone(String text) {
    assertThat(name(text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "https://huggingface.co, is no page of a model",
    "https://huggingface.co/datasets/org/name, is no page of a model",
    "https://huggingface.co/spaces/org/name/tree/main, is no page of a model",
    "https://huggingface.co/org/../name, is no page of a model",
    "https://huggingface.co/org/name/blob/main/model.gguf, is a page of a part of org/name",
    "https://huggingface.co/org/name/resolve/main/x.bin, is a page of a part of org/name",
    "https://huggingface.co/org/name/tree/main/onnx, is a page of a part of org/name",
    "https://huggingface.co/org/name/discussions, is a page of a part of org/name",
    "https://huggingface.co/org/name/tree/..%2F.., has no revision behind tree/",
    "https://example.com/org/name, is no page of the hub http://mirror.example:8080/hf",
    "http://mirror.example:8080/org/name, is no page of the hub"
  })
  void anotherAddressIsRefusedWithWhatToWrite(String address, String words) {
    assertThatThrownBy(() -> name(address))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining(address)
        .hasMessageContaining(words)
        .hasMessageMatching(".*(ORG/NAME|org/name).*path.*");
  }
}
