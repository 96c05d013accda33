namespace FramedSockets.Samples.Tests.Support;

/// <summary>A test that signals a process, and says so where there are no signals.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public const string Reason = "Windows has no signals.";

    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? Reason : null;
}
