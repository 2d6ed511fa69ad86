package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.error.FresnelException;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {
  @Test
  void kernelsAreChosenByName() {
    assertThat(KernelChoice.isPlain(null)).isFalse();
    assertThat(KernelChoice.isPlain("fast")).isFalse();
    assertThat(KernelChoice.isPlain(" plain ")).isTrue();
    assertThatThrownBy(() -> KernelChoice.isPlain("slow"))
        .isInstanceOf(FresnelException.class)
        .hasMessageContaining("FRESNEL_KERNELS must be 'fast' or 'plain', but is 'slow'");
  }
}
