package dev.sandbar.source.git;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.PackParser;

/**
 * A bare repository that takes only bounded packs. JGit limits packs that are pushed to it, never
 * packs that it fetches; the parser it makes for a fetch is the one place where that can be fixed.
 */
final class BoundedRepository extends FileRepository {
  private final PollBounds bounds;

  private BoundedRepository(FileRepositoryBuilder builder, PollBounds bounds) throws IOException {
    super(builder);
    this.bounds = bounds;
  }

  static BoundedRepository open(File gitDirectory, PollBounds bounds) throws IOException {
    FileRepositoryBuilder builder = new FileRepositoryBuilder();
    builder.setGitDir(gitDirectory).setBare().setMustExist(true).setup();
    return new BoundedRepository(builder, bounds);
  }

  @Override
  public ObjectInserter newObjectInserter() {
    ObjectInserter real = super.newObjectInserter();
    return new ObjectInserter.Filter() {
      @Override
      protected ObjectInserter delegate() {
        return real;
      }

      @Override
      public PackParser newPackParser(InputStream pack) throws IOException {
        bounds.packBegins();
        PackParser parser = real.newPackParser(new PackBounds(pack, bounds));
        parser.setMaxObjectSizeLimit(bounds.limits().maxObjectBytes());
        return parser;
      }
    };
  }
}
