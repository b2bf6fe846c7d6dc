package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.DefaultCaseLabelTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeMirror;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * No switch of main code over an enum or a sealed type of our own has a {@code default}: whoever
 * adds a constant learns from the compiler which places must know it. Read from the sources with
 * the types that the compiler finds, for class files no longer tell.
 */
class SwitchTest {
  private static final Pattern DEFAULT = Pattern.compile("\\bdefault\\s*(->|:)");

  @Test
  void overOurOwnTypesTheyNameEveryCase() throws IOException {
    var files = new ArrayList<Path>();
    for (String module : List.of("crds", "reconciler", "device-runtime", "playground", "e2e")) {
      try (Stream<Path> all = Files.walk(Path.of("../..").resolve(module))) {
        for (Path file : all.filter(SwitchTest::isOfClassPath).toList()) {
          if (DEFAULT.matcher(Files.readString(file)).find()) {
            files.add(file);
          }
        }
      }
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of("-proc:none", "-nowarn", "-classpath", System.getProperty("java.class.path"));
      var task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, options, null, manager.getJavaFileObjectsFromPaths(files));
      var switches = new Switches(Trees.instance(task));
      Iterable<? extends CompilationUnitTree> units = task.parse();
      task.analyze();
      units.forEach(unit -> switches.scan(unit, null));
      assertThat(switches.withDefault).isGreaterThan(40);
      assertThat(switches.untyped).isEmpty();
      assertThat(switches.wrong).isEmpty();
    }
  }

  /** Other modules are no dependency of this one. */
  private static boolean isOfClassPath(Path file) {
    String path = file.toString();
    return path.contains("/src/main/java/") && path.endsWith(".java") && !path.contains("/fuzz/");
  }

  private static final class Switches extends TreePathScanner<Void, Void> {
    private final Trees trees;
    private int withDefault;
    private final List<String> wrong = new ArrayList<>();
    private final List<String> untyped = new ArrayList<>();

    Switches(Trees trees) {
      this.trees = trees;
    }

    @Override
    public Void visitSwitch(SwitchTree node, Void unused) {
      check(node, node.getExpression(), node.getCases());
      return super.visitSwitch(node, unused);
    }

    @Override
    public Void visitSwitchExpression(SwitchExpressionTree node, Void unused) {
      check(node, node.getExpression(), node.getCases());
      return super.visitSwitchExpression(node, unused);
    }

    private void check(Tree node, ExpressionTree selector, List<? extends CaseTree> cases) {
      if (cases.stream()
          .flatMap(it -> it.getLabels().stream())
          .noneMatch(DefaultCaseLabelTree.class::isInstance)) {
        return;
      }
      withDefault++;
      CompilationUnitTree unit = getCurrentPath().getCompilationUnit();
      long line =
          unit.getLineMap().getLineNumber(trees.getSourcePositions().getStartPosition(unit, node));
      String place = unit.getSourceFile().getName() + ":" + line;
      TypeMirror type = trees.getTypeMirror(new TreePath(getCurrentPath(), selector));
      switch (type.getKind()) {
        case ERROR, NONE -> untyped.add(place);
        case DECLARED -> {
          if (isOurChoice(type)) {
            wrong.add(place + " over " + type);
          }
        }
        default -> {}
      }
    }

    private static boolean isOurChoice(TypeMirror type) {
      return type instanceof DeclaredType declared
          && declared.asElement() instanceof TypeElement element
          && element.getQualifiedName().toString().startsWith("dev.sandbar.")
          && (element.getKind() == ElementKind.ENUM
              || element.getModifiers().contains(Modifier.SEALED));
    }
  }
}
