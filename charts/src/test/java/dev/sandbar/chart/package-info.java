/** Tests of the Helm chart. */
@NullMarked
package dev.sandbar.chart;

import org.jspecify.annotations.NullMarked;
