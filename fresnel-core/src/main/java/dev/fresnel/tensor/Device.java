package dev.fresnel.tensor;

/**
 * Where a tensor's numbers are. Only the CPU has been tested.
 *
 * @param kind the kind of memory
 * @param index which one, counted from 0
 */
public record Device(Kind kind, int index) {
  /** The kinds of memory. */
  public enum Kind {
    CPU,
    CUDA
  }

  public static final Device CPU = new Device(Kind.CPU, 0);

  public static Device cuda(int index) {
    return new Device(Kind.CUDA, index);
  }

  String raw() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }

  @Override
  public String toString() {
    return raw();
  }
}
