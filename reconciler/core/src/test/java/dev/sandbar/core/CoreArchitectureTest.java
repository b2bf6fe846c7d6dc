package dev.sandbar.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Optional;

/** What keeps the core pure: the same input gives the same bytes, on a laptop and on a device. */
@AnalyzeClasses(packages = "dev.sandbar.core", importOptions = ImportOption.DoNotIncludeTests.class)
class CoreArchitectureTest {

  @ArchTest
  static final ArchRule usesNothingThatDependsOnTheMachine =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.sandbar.core..",
              "java.lang",
              "java.lang.annotation",
              "java.lang.invoke",
              "java.lang.reflect",
              "java.lang.runtime",
              "java.util",
              "java.util.function",
              "java.util.regex",
              "java.util.stream",
              "java.math",
              "java.text",
              "java.time",
              "java.nio.charset",
              "java.security",
              "java.security.spec",
              "javax.security.auth.x500",
              "org.jspecify.annotations");

  @ArchTest
  static final ArchRule startsNoThreadAndAsksNoClock =
      noClasses()
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(
              Thread.class,
              Process.class,
              ProcessBuilder.class,
              Runtime.class,
              System.class,
              java.time.Clock.class,
              java.util.Random.class,
              java.util.UUID.class,
              java.util.Timer.class,
              java.security.SecureRandom.class);

  @ArchTest
  static final ArchRule packagesAreFreeOfCycles =
      slices().matching("dev.sandbar.core.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule namesSayWhatAThingIs =
      noClasses()
          .should()
          .haveNameMatching(".*\\.(\\w*(Utils|Util|Helper|Manager|Impl)|Abstract[A-Z]\\w*)");

  @ArchTest
  static final ArchRule nothingChangesBehindTheBack =
      fields().that().areNotFinal().and().arePrivate().should(beParsingPositions());

  @ArchTest
  static final ArchRule noFieldIsOpen = fields().that().areNotStatic().should().bePrivate();

  @ArchTest
  static final ArchRule noFieldIsOptional = fields().should().notHaveRawType(Optional.class);

  @ArchTest static final ArchRule noParameterIsOptional = methods().should(takeNoOptional());

  /**
   * A parser's place in its own text moves, and so does the draft of a record, which is its
   * record's own and ends in the method that makes it.
   */
  private static ArchCondition<com.tngtech.archunit.core.domain.JavaField> beParsingPositions() {
    return new ArchCondition<>("be the position of a parser, or part of a draft") {
      @Override
      public void check(com.tngtech.archunit.core.domain.JavaField field, ConditionEvents events) {
        boolean position =
            field.getRawType().isEquivalentTo(int.class)
                && !field
                    .getOwner()
                    .getModifiers()
                    .contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC);
        boolean draft =
            field.getOwner().getSimpleName().equals("Draft")
                && field
                    .getOwner()
                    .getModifiers()
                    .contains(com.tngtech.archunit.core.domain.JavaModifier.PRIVATE);
        events.add(new SimpleConditionEvent(field, position || draft, field.getFullName()));
      }
    };
  }

  private static ArchCondition<JavaMethod> takeNoOptional() {
    DescribedPredicate<JavaClass> optional =
        DescribedPredicate.describe("Optional", c -> c.isEquivalentTo(Optional.class));
    return new ArchCondition<>("take no Optional") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        boolean synthetic = method.getName().startsWith("lambda$");
        boolean takes = method.getRawParameterTypes().stream().anyMatch(optional);
        events.add(new SimpleConditionEvent(method, synthetic || !takes, method.getFullName()));
      }
    };
  }
}
