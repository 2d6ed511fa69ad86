package dev.fresnel.load.internal.format.torch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values that a pickle remembers by number. Python numbers them from 0 on, without gaps. */
final class PickleMemo {
  // Bytes that a value takes here, at most.
  private static final int IN_ORDER = 20;
  private static final int OUT_OF_ORDER = 72;

  private final List<Object> inOrder = new ArrayList<>();
  private final Map<Long, Object> others = new HashMap<>();

  int size() {
    return inOrder.size() + others.size();
  }

  /** Remembers a value; gives the bytes of memory that this took. */
  int put(long index, Object value) {
    if (index < inOrder.size()) {
      inOrder.set((int) index, value);
      return 0;
    }
    if (index == inOrder.size()) {
      inOrder.add(value);
      return IN_ORDER;
    }
    others.put(index, value);
    return OUT_OF_ORDER;
  }

  /** The value; null if none was remembered under that number. */
  @Nullable Object get(long index) {
    return index < inOrder.size() ? inOrder.get((int) index) : others.get(index);
  }
}
