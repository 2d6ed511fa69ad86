package dev.fresnel.tensor;

import dev.fresnel.error.FresnelException;

/**
 * The device that holds a tensor's numbers. Only {@link #CPU} is supported so far.
 *
 * @param kind CPU or CUDA
 * @param index the device's index, counted from 0
 */
public record Device(Kind kind, int index) {
  /** The memory of the processor. */
  public static final Device CPU = new Device(Kind.CPU, 0);

  /** The kinds of device. */
  public enum Kind {
    CPU,
    CUDA
  }

  /**
   * @throws FresnelException if the kind is CUDA, which is not supported yet
   */
  public Device {
    if (kind == Kind.CUDA) {
      throw new FresnelException(
          "cuda:"
              + index
              + " cannot be used: Fresnel computes on the CPU only so far; use Device.CPU");
    }
  }

  /**
   * An NVIDIA GPU.
   *
   * @throws FresnelException always: GPUs are not supported yet
   */
  public static Device cuda(int index) {
    return new Device(Kind.CUDA, index);
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }
}
