package dev.sandbar.core.catalog;

/** What each permission opens and what withholding it closes. */
public final class PermissionCatalog {

  private PermissionCatalog() {}
}
