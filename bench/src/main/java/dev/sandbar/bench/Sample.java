package dev.sandbar.bench;

import java.util.Arrays;
import java.util.List;

/** A sample, sorted. */
final class Sample {

  private final double[] sorted;

  Sample(List<Double> sample) {
    this.sorted = sample.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
  }

  /** Nearest rank: the smallest value that so many percent do not exceed. */
  double percentile(double percent) {
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
  }

  double median() {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  double least() {
    return sorted[0];
  }

  double most() {
    return sorted[sorted.length - 1];
  }

  int count() {
    return sorted.length;
  }

  /** Median and range in this unit. */
  String spread(String format) {
    return (format + " (" + format + "-" + format + ")").formatted(median(), least(), most());
  }
}
