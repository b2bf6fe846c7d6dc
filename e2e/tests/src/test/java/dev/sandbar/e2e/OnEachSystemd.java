package dev.sandbar.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs with the oldest and the newest systemd, and in the nightly run also with the one between.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@MethodSource("dev.sandbar.vdev.Suite#tested")
@interface OnEachSystemd {}
