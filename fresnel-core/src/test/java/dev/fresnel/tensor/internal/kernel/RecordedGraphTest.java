package dev.fresnel.tensor.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecordedGraphTest {
  @BeforeEach
  void load() {
    Libtorch.load();
  }

  private static Tensor variable() {
    return torch.randn(3).set_requires_grad(true);
  }

  @Test
  void tellsWhatATensorWasComputedFrom() {
    try (var scope = Scope.open();
        var recording = new AutoGradMode(true)) {
      Tensor a = variable();
      Tensor b = variable();
      Tensor unused = variable();
      Tensor constant = torch.randn(3);
      Tensor between = a.mul(b);
      Tensor cut = between.detach().set_requires_grad(true);
      Tensor result = cut.add(b).mul(constant);
      try (var graph = new RecordedGraph(List.of(a, b, unused, constant, between, cut, cut))) {
        assertThat(graph.behind(List.of(result)).stream()).containsExactly(1, 5, 6);
        assertThat(graph.behind(List.of(between)).stream()).containsExactly(0, 1, 4);
        assertThat(graph.behind(List.of(unused)).stream()).containsExactly(2);
        assertThat(graph.behind(List.of(result, between)).stream()).containsExactly(0, 1, 4, 5, 6);
        assertThat(graph.behind(List.of()).stream()).isEmpty();
      }
    }
  }
}
