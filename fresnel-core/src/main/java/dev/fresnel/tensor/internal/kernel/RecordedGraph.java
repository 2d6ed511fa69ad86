package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Tensor;

/**
 * What libtorch recorded, as a graph: tells which of some tensors others were computed from. To ask
 * libtorch for the gradients of these alone takes less time than to ask for those of all.
 */
final class RecordedGraph implements AutoCloseable {
  /** The indices of the tensors that a node computes, or whose gradients it collects. */
  private final Map<Long, BitSet> indices = new HashMap<>();

  /** Views of variables, without which a variable that nothing was computed from had no node. */
  private final List<Tensor> views = new ArrayList<>();

  /**
   * @param tensors variables, or computed from variables; they must live as long as this is used
   */
  RecordedGraph(List<Tensor> tensors) {
    try (var scope = new PointerScope()) {
      for (int i = 0; i < tensors.size(); i++) {
        if (tensors.get(i).requires_grad()) {
          indices.computeIfAbsent(node(tensors.get(i)).address(), node -> new BitSet()).set(i);
        }
      }
    }
  }

  /**
   * The node that a tensor's gradient goes to. A variable's is known to what is computed from it.
   */
  private Node node(Tensor tensor) {
    Node node = tensor.grad_fn();
    if (node != null && !node.isNull()) {
      return node;
    }
    try (var recording = new AutoGradMode(true)) {
      Tensor view = tensor.alias();
      views.add(view.retainReference());
      return view.grad_fn().next_edge(0).function();
    }
  }

  @Override
  public void close() {
    views.forEach(Tensor::releaseReference);
  }

  /** The indices of the tensors that these were computed from, or are. */
  BitSet behind(List<Tensor> results) {
    var found = new BitSet();
    try (var scope = new PointerScope()) {
      var seen = new HashSet<Long>();
      var open = new ArrayDeque<Node>();
      for (Tensor result : results) {
        open.push(node(result));
      }
      while (!open.isEmpty()) {
        Node node = open.pop();
        if (!seen.add(node.address())) {
          continue;
        }
        var known = indices.get(node.address());
        if (known != null) {
          found.or(known);
        }
        int edges = node.num_outputs();
        for (int i = 0; i < edges; i++) {
          var edge = node.next_edge(i);
          if (edge.is_valid()) {
            open.push(edge.function());
          }
        }
      }
    }
    return found;
  }
}
