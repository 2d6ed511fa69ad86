package dev.fresnel.analysis;

import dev.fresnel.hook.HookPoint;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run has captured, without the numbers.
 *
 * @param points in the order of the forward pass
 */
public record CacheContents(List<Point> points) {
  /**
   * One activation.
   *
   * @param name of the hook point, such as {@code blocks.0.attn.hook_pattern}
   * @param shape size by axis, such as {@code batch 1, head 12, query 9, key 9}
   * @param type of its numbers, such as {@code float32}
   * @param bytes its size
   */
  public record Point(String name, String shape, String type, long bytes) {}

  public CacheContents {
    points = List.copyOf(points);
  }

  /** What a run has captured. */
  public static CacheContents of(Run run) {
    var points = new ArrayList<Point>();
    for (HookPoint point : run.cache().points()) {
      Tensor tensor = run.cache().get(point);
      var sizes = new ArrayList<String>();
      long count = 1;
      for (var dim : tensor.dims()) {
        sizes.add(dim.name() + " " + tensor.size(dim));
        count *= tensor.size(dim);
      }
      var type = tensor.dtype();
      points.add(
          new Point(point.name(), String.join(", ", sizes), type.label(), count * type.bytes()));
    }
    return new CacheContents(points);
  }
}
