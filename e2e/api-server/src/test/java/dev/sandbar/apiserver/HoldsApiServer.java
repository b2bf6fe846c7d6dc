package dev.sandbar.apiserver;

/** A JVM that starts a control plane, tells about it and then waits to be killed. */
final class HoldsApiServer {
  private HoldsApiServer() {}

  public static void main(String[] arguments) throws InterruptedException {
    ApiServer api = ApiServer.start();
    System.out.println(api.directory());
    api.pids().forEach((name, pid) -> System.out.println(name + " " + pid));
    System.out.println();
    Thread.currentThread().join();
  }
}
