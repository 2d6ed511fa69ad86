package dev.fresnel.tensor.internal.kernel;

import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention of one query of one text, as in a step of a generation: by oneDNN's sgemm, which needs
 * nothing that is made for a number of keys, and a softmax in Java.
 *
 * @param result [batch 1, query 1, head, features], written to
 * @param mask one number per key
 */
record OneQuery(Tensor result, Tensor q, Tensor k, Tensor v, float[] mask, float factor) {
  /** The least numbers of keys and values per part: some thirty microseconds. */
  private static final double LEAST = 1 << 15;

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
    Tensor result = q.new_empty(1, 1, q.size(2), v.size(3));
    var query = new OneQuery(result, q, k, v, FewNumbers.read(mask), (float) factor);
    long shared = k.size(2);
    int count = Elementwise.count((k.numel() + v.numel()) / LEAST, shared);
    Elementwise.inParts(count, shared, query::attend);
    Reference.reachabilityFence(List.of(q, k, v, result)); // oneDNN uses their memory
    return result;
  }

  /** The heads that share some of the heads of keys. */
  private void attend(long from, long length) {
    torch.lazy_init_num_threads(); // otherwise a thread new to OpenMP would take all cores
    long group = q.size(2) / k.size(2);
    long keys = k.size(1);
    long inner = q.size(3);
    long outer = v.size(3);
    var pattern = new float[Math.toIntExact(length * group * keys)];
    var scores = new FloatPointer(OneDnnPrimitive.scratch((long) pattern.length * Float.BYTES));
    var queries = q.data_ptr_float();
    var read = k.data_ptr_float();
    for (long head = 0; head < length; head++) {
      OneDnnPrimitive.check(
          dnnl.dnnl_sgemm(
              (byte) 'N',
              (byte) 'T',
              group,
              keys,
              inner,
              factor,
              queries.position((from + head) * group * inner),
              inner,
              read.position((from + head) * k.stride(2)),
              k.stride(1),
              0,
              scores.position(head * group * keys),
              keys));
    }
    scores.position(0).get(pattern);
    FewNumbers.softmax(pattern, mask);
    scores.put(pattern);
    var values = v.data_ptr_float();
    var written = result.data_ptr_float();
    for (long head = 0; head < length; head++) {
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
              values.position((from + head) * v.stride(2)),
              v.stride(1),
              0,
              written.position((from + head) * group * outer),
              outer));
    }
  }
}
