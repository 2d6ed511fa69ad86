package dev.fresnel.tensor.internal.kernel;

import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention of one query of one text, as in a step of a generation: by oneDNN's sgemm, which needs
 * nothing that is made for a number of keys, and a softmax in Java.
 */
final class OneQuery {
  private OneQuery() {}

  /**
   * Whether {@link #attend} accepts what {@link AttentionKernels#suitPattern} does, and there are
   * few keys.
   */
  static boolean suits(Tensor q, Tensor k, Tensor v, Tensor mask) {
    return q.size(0) == 1
        && q.size(1) == 1
        && v.stride(3) == 1
        && FewNumbers.are(q, mask)
        && FewNumbers.areFew(q.size(2) * k.size(1))
        && OneDnnPrimitive.reads(v)
        && !Recording.isOn(v);
  }

  /**
   * Values weighted by the softmax of {@code q k factor + mask} over keys.
   *
   * @param q float32 [batch 1, query 1, head, features]
   * @param k float32 [batch 1, key, shared head, features]; consecutive heads share one
   * @param v float32 [batch 1, key, shared head, features]
   * @param mask [1, 1, query 1, key]
   * @return [batch 1, query 1, head, features]
   */
  static Tensor attend(Tensor q, Tensor k, Tensor v, Tensor mask, double factor) {
    torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
    long shared = k.size(2);
    long group = q.size(2) / shared;
    long keys = k.size(1);
    long inner = q.size(3);
    long outer = v.size(3);
    Tensor result = q.new_empty(1, 1, q.size(2), outer);
    try (var scope = new PointerScope()) {
      var scores = new FloatPointer(OneDnnPrimitive.scratch(q.size(2) * keys * Float.BYTES));
      var queries = q.data_ptr_float();
      var read = k.data_ptr_float();
      for (long head = 0; head < shared; head++) {
        OneDnnPrimitive.check(
            dnnl.dnnl_sgemm(
                (byte) 'N',
                (byte) 'T',
                group,
                keys,
                inner,
                (float) factor,
                queries.position(head * group * inner),
                inner,
                read.position(head * k.stride(2)),
                k.stride(1),
                0,
                scores.position(head * group * keys),
                keys));
      }
      var pattern = new float[Math.toIntExact(q.size(2) * keys)];
      scores.position(0).get(pattern);
      FewNumbers.softmax(pattern, FewNumbers.read(mask));
      scores.put(pattern);
      var values = v.data_ptr_float();
      var written = result.data_ptr_float();
      for (long head = 0; head < shared; head++) {
        OneDnnPrimitive.check(
            dnnl.dnnl_sgemm(
                (byte) 'N',
                (byte) 'N',
                group,
                outer,
                keys,
                1,
                scores.position(head * group * keys),
                keys,
                values.position(head * v.stride(2)),
                v.stride(1),
                0,
                written.position(head * group * outer),
                outer));
      }
    }
    Reference.reachabilityFence(List.of(q, k, v, result)); // oneDNN uses their memory
    return result;
  }
}
