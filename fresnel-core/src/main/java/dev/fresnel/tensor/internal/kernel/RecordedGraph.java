package dev.fresnel.tensor.internal.kernel;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What libtorch recorded, as a graph: tells which of some tensors others were computed from. To ask
 * libtorch for the gradients of these alone takes less time than to ask for those of all.
 */
final class RecordedGraph implements AutoCloseable {
  /** The indices of the tensors that a node computes, or whose gradients it collects. */
  private final Map<Long, BitSet> indices = new HashMap<>();

  /** Views of variables: without one, a variable that nothing was computed from has no node. */
  private final @Nullable Tensor[] views;

  /**
   * @param tensors variables, or computed from variables; each must live until it is let go of
   */
  RecordedGraph(List<Tensor> tensors) {
    views = new Tensor[tensors.size()];
    try (var scope = new PointerScope()) {
      for (int i = 0; i < views.length; i++) {
        Tensor tensor = tensors.get(i);
        if (tensor.requires_grad()) {
          Node node = tensor.grad_fn();
          if (isNone(node)) {
            views[i] = view(tensor).retainReference();
            node = node(views[i]);
          }
          indices.computeIfAbsent(node.address(), address -> new BitSet()).set(i);
        }
      }
    }
  }

  private static boolean isNone(@Nullable Node node) {
    return node == null || node.isNull();
  }

  /** A view of a variable that is recorded as such. */
  private static Tensor view(Tensor variable) {
    try (var recording = new AutoGradMode(true)) {
      return variable.alias();
    }
  }

  /** The node that collects the gradient of the variable that a view shows. */
  private static Node node(Tensor view) {
    return view.grad_fn().next_edge(0).function();
  }

  /** Lets go of a tensor's memory: nothing that was computed from it is asked about any more. */
  void release(int index) {
    Tensor view = views[index];
    if (view != null) {
      view.releaseReference();
      views[index] = null;
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < views.length; i++) {
      release(i);
    }
  }

  /** The indices of the tensors that these were computed from, or are. */
  BitSet behind(List<Tensor> results) {
    var found = new BitSet();
    try (var scope = new PointerScope()) {
      var seen = new HashSet<Long>();
      var open = new ArrayDeque<Node>();
      for (Tensor result : results) {
        Node node = result.grad_fn();
        open.push(isNone(node) ? node(view(result)) : node);
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
