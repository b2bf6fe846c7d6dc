package dev.sandbar.vdev;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Asks {@link VirtualDevices} for a device. Parameters of one scope with the same name get the same
 * device.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface OnDevice {
  /** Host name. */
  String name() default "device";

  /** Debian release. */
  Suite suite() default Suite.TRIXIE;

  /** Whether the device sees the JDK that runs the tests. */
  boolean java() default false;

  /** Whether the device is on the scope's {@link VirtualNetwork}. */
  boolean network() default false;

  /** How long the device lasts. */
  Scope scope() default Scope.CLASS;

  /** How long a device lasts. */
  enum Scope {
    /** One device for all tests of the class. */
    CLASS,
    /** A fresh device for each test. */
    METHOD
  }
}
