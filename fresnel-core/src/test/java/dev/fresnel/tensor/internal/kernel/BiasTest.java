package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import org.junit.jupiter.api.Test;

class BiasTest {
  @Test
  void aBiasHasFourAxes() {
    try (var scope = Scope.open()) {
      Tensor mask = Tensor.causalMask(new Dim("query"), 5, new Dim("key"), 5, 0);
      assertThatThrownBy(() -> new Bias(mask.unwrap(), true, false))
          .hasMessageContaining("[batch, head, query, key]");
    }
  }
}
