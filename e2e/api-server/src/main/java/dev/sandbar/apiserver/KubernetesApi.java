package dev.sandbar.apiserver;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Asks for an {@link ApiServer}, as a parameter of a test, a constructor or a method that runs
 * before tests. Where the programs are missing the test is skipped with the reason, or fails if the
 * environment variable CI is {@code true}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
@ExtendWith(ApiServers.class)
public @interface KubernetesApi {
  /** How long the control plane lasts, and who else uses it. */
  Scope scope() default Scope.SHARED;

  /** How long a control plane lasts. */
  enum Scope {
    /**
     * One for all tests of the JVM, of whatever class. Work in a namespace of your own, change
     * nothing that others see, and leave no part stopped.
     */
    SHARED,
    /** One for the tests of the class, which may stop its parts, exchange the kinds or fill it. */
    CLASS,
    /** A fresh one for each test. */
    METHOD
  }
}
