package dev.sandbar.e2e;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dependency rules of the whole project: what CONTRIBUTING.md draws, held by machine. */
class ArchitectureTest {
  private static final String OPERATOR = "dev.sandbar.operator..";
  private static final String SCHEMA = "dev.sandbar.schema..";

  /** The part of the command line that talks to a cluster. */
  private static final String FLEET = "dev.sandbar.cli.fleet..";

  /** What a checkout has to try Sandbar with. */
  private static final String PLAYGROUND = "dev.sandbar.playground..";

  private static JavaClasses product;

  @BeforeAll
  static void importProduct() {
    product =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.sandbar");
  }

  @Test
  void theCoreDependsOnNothingButItself() {
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar.core..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.sandbar.source..",
            "dev.sandbar.device..",
            "dev.sandbar.cli..",
            "dev.sandbar.vdev..",
            "dev.sandbar.crds..",
            "dev.sandbar.report..",
            OPERATOR,
            SCHEMA,
            "java.io..",
            "java.nio.file..",
            "java.net..",
            "java.util.concurrent..",
            "org.slf4j..")
        .check(product);
  }

  @Test
  void sourceAndDeviceDoNotKnowTheCommandLine() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.sandbar.source..", "dev.sandbar.device..", "dev.sandbar.vdev..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sandbar.cli..")
        .check(product);
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar.source..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.sandbar.device..")
        .check(product);
  }

  @Test
  void whatGoesToDevicesHoldsNothingToTryItWith() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.sandbar.cli..", "dev.sandbar.device..", OPERATOR)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(PLAYGROUND, "dev.sandbar.vdev..", "dev.sandbar.apiserver..")
        .check(product);
  }

  @Test
  void theOperatorKnowsNeitherDeviceNorCommandLine() {
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar.operator..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sandbar.device..", "dev.sandbar.cli..")
        .check(product);
    noClasses()
        .that()
        .resideInAnyPackage("dev.sandbar.core..", "dev.sandbar.source..", "dev.sandbar.device..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.sandbar.operator..")
        .check(product);
  }

  @Test
  void whatAgentAndOperatorShareKnowsNeither() {
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar.report..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.sandbar..").and(resideOutsideOfPackage("dev.sandbar.report..")))
        .check(product);
  }

  @Test
  void everyLibraryHasOneHome() {
    libraryLivesIn("org.eclipse.jgit..", "dev.sandbar.source.git..");
    libraryLivesIn("org.snakeyaml..", "dev.sandbar.source.text..");
    libraryLivesIn(
        "com.fasterxml.jackson.core..",
        "dev.sandbar.source.text..",
        "dev.sandbar.crds..",
        "dev.sandbar.operator.app..",
        "dev.sandbar.operator.publish..",
        SCHEMA);
    libraryLivesIn(
        "com.fasterxml.jackson.databind..", "dev.sandbar.crds..", SCHEMA, OPERATOR, FLEET);
    libraryLivesIn("com.fasterxml.jackson.annotation..", "dev.sandbar.crds..", SCHEMA);
    libraryLivesIn("io.fabric8.kubernetes..", "dev.sandbar.crds..", SCHEMA, OPERATOR, FLEET);
    libraryLivesIn("io.fabric8.crdv2..", SCHEMA);
    libraryLivesIn(
        "io.javaoperatorsdk..", "dev.sandbar.operator.reconcile..", "dev.sandbar.operator.enrol..");
    libraryLivesIn("org.freedesktop.dbus..", "dev.sandbar.device.systemd..");
    libraryLivesIn("org.bouncycastle..", "dev.sandbar.apiserver..");
    libraryLivesIn("com.exceptionfactory.jagged..", "dev.sandbar.source.age..");
    libraryLivesIn("org.apache.commons.compress..", "dev.sandbar.device.container..");
    libraryLivesIn("io.micrometer..", "dev.sandbar.device.report..", OPERATOR);
    libraryLivesIn(
        "com.sun.net.httpserver..",
        "dev.sandbar.report..",
        "dev.sandbar.operator.gitsource..",
        "dev.sandbar.gitserver..");
    libraryLivesIn("picocli..", "dev.sandbar.cli..", PLAYGROUND, "dev.sandbar.operator.app..");
  }

  @Test
  void theDeviceKnowsNothingOfTheCluster() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.sandbar.core..", "dev.sandbar.source..", "dev.sandbar.device..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sandbar.crds..", OPERATOR, SCHEMA)
        .check(product);
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar.crds..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sandbar.core..", "dev.sandbar.source..", OPERATOR, SCHEMA)
        .check(product);
  }

  private static void libraryLivesIn(String library, String... homes) {
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar..")
        .and()
        .resideOutsideOfPackages(homes)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(product);
  }

  @Test
  void onlyThreeClassesOfTheDeviceStartAProcess() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.sandbar.core..", "dev.sandbar.source..", "dev.sandbar.device..")
        .and()
        .doNotHaveSimpleName("SystemdAnalyze")
        .and()
        .doNotHaveSimpleName("JournalReader")
        .and()
        .doNotHaveSimpleName("SquashfsPacker")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ProcessBuilder.class)
        .orShould()
        .callMethodWhere(target(owner(type(Runtime.class))).and(target(nameMatching("exec"))))
        .check(product);
  }

  /** Field manager, conflicts, errors and limits are handled in one place each. */
  @Test
  void oneClassOfTheOperatorWritesAndOneMakesEvents() {
    noClasses()
        .that()
        .resideInAPackage(OPERATOR)
        .and()
        .doNotHaveFullyQualifiedName("dev.sandbar.operator.publish.Writes")
        .should()
        .callMethodWhere(
            target(owner(resideInAPackage("io.fabric8.kubernetes.client..")))
                .and(target(nameMatching("(create|update|patch|delete|replace|edit).*"))))
        .check(product);
    noClasses()
        .that()
        .resideInAPackage(OPERATOR)
        .and()
        .doNotHaveSimpleName("EventRecorder")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.fabric8.kubernetes.api.model.EventBuilder")
        .check(product);
  }

  @Test
  void onlyTheCommandLineTalksToATerminal() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.sandbar.cli..", "dev.sandbar.operator.app..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .check(product);
  }

  @Test
  void packagesAreFreeOfCycles() {
    var eachPackage =
        new SliceAssignment() {
          @Override
          public String getDescription() {
            return "packages at every depth";
          }

          @Override
          public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getPackageName();
            return name.startsWith("dev.sandbar.")
                ? SliceIdentifier.of(name)
                : SliceIdentifier.ignore();
          }
        };
    slices().assignedFrom(eachPackage).should().beFreeOfCycles().check(product);
  }

  /** Whoever reads a name knows which class it is; every program has its own Main. */
  @Test
  void noClassNameOccursTwice() {
    var places = new TreeMap<String, List<String>>();
    for (JavaClass type : product) {
      String name = type.getSimpleName();
      if (type.isTopLevelClass() && !name.equals("Main") && !name.equals("package-info")) {
        places.computeIfAbsent(name, _ -> new ArrayList<>()).add(type.getPackageName());
      }
    }
    places.values().removeIf(packages -> packages.size() < 2);
    Assertions.assertThat(places).isEmpty();
  }

  @Test
  void namesSayWhatATypeIs() {
    noClasses()
        .that()
        .resideInAPackage("dev.sandbar..")
        .should()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .check(product);
    fields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage("dev.sandbar..")
        .should()
        .notHaveRawType(Optional.class)
        .check(product);
  }

  @Test
  void noPublicTypeOfTheCoreHoldsAMutableField() {
    fields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage("dev.sandbar.core..")
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .should()
        .beFinal()
        .check(product);
  }

  @Test
  void everyPackageIsNullMarked() {
    classes()
        .that()
        .resideInAPackage("dev.sandbar..")
        .and()
        .haveSimpleName("package-info")
        .should()
        .beAnnotatedWith("org.jspecify.annotations.NullMarked")
        .check(product);
  }

  @Test
  void filesStaySmall() throws IOException {
    Path root = Path.of("../..").toRealPath();
    try (Stream<Path> files = Files.walk(root)) {
      List<String> large =
          files
              .filter(f -> f.toString().endsWith(".java") && !f.toString().contains("/target/"))
              .filter(f -> lines(f) > 600)
              .map(f -> root.relativize(f) + ": " + lines(f) + " lines")
              .toList();
      Assertions.assertThat(large).as("files over 600 lines").isEmpty();
    }
  }

  @Test
  void noTestIsSwitchedOff() throws IOException {
    Path root = Path.of("../..").toRealPath();
    String marker = "@" + "Disabled";
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> disabled =
          files
              .filter(f -> f.toString().endsWith(".java") && !f.toString().contains("/target/"))
              .filter(f -> read(f).contains(marker))
              .toList();
      Assertions.assertThat(disabled).isEmpty();
    }
  }

  private static long lines(Path file) {
    return read(file).lines().count();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
