namespace FramedSockets.Samples.Tests.Support;

/// <summary>The one deadline of all waits: it ends a test that hangs, and is far away from one that works.</summary>
internal static class TaskExtensions
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public static Task Soon(this Task task) => task.WaitAsync(Deadline);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Deadline);
}
