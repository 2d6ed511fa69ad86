package dev.fresnel.analysis.patch;

/** Is told how far a sweep has come, and may stop it. */
@FunctionalInterface
public interface SweepProgress {
  /** Watches nothing and lets the sweep finish. */
  SweepProgress NONE = (done, total) -> true;

  /**
   * @param done the cells that are computed
   * @param total the cells of the sweep
   * @return false to stop: the sweep then ends with NaN in the cells that are not computed
   */
  boolean at(long done, long total);
}
