using System.Diagnostics;

namespace FramedSockets.Tests.Support;

/// <summary>Makes system calls of another process, or of a thread of its, fail, by strace, until it is disposed.</summary>
internal sealed class SystemCallFaults : IAsyncDisposable
{
    private readonly Process _strace;

    private SystemCallFaults(Process strace) => _strace = strace;

    /// <summary>Lets calls fail from now on.</summary>
    /// <param name="processId">Whose.</param>
    /// <param name="calls">Their names, separated by commas.</param>
    /// <param name="fault">What strace injects, such as <c>error=ENOBUFS</c>.</param>
    public static Task<SystemCallFaults> StartAsync(int processId, string calls, string fault) =>
        StartAsync(["-f", "-p", $"{processId}"], calls, fault);

    /// <summary>Lets calls of one thread fail from now on.</summary>
    public static Task<SystemCallFaults> StartOnThreadAsync(int threadId, string calls, string fault) =>
        StartAsync(["-p", $"{threadId}"], calls, fault);

    private static async Task<SystemCallFaults> StartAsync(string[] whose, string calls, string fault)
    {
        var strace = Process.Start(new ProcessStartInfo("strace", [
            ..whose, "-e", $"trace={calls}", "-e", "signal=none", "-e", $"inject={calls}:{fault}"])
        {
            RedirectStandardError = true,
        })!;
        var faults = new SystemCallFaults(strace);
        await faults.WaitAsync("attached");
        return faults;
    }

    /// <summary>Why a process cannot be attached to; <see langword="null"/> where it can.</summary>
    public static string? FindFault()
    {
        using var victim = Process.Start(new ProcessStartInfo("sleep", ["60"]))!;
        using var strace = Process.Start(new ProcessStartInfo("strace", ["-p", $"{victim.Id}", "-e", "trace=none"]) { RedirectStandardError = true })!;
        var first = strace.StandardError.ReadLine();
        victim.Kill();
        strace.WaitForExit();
        return first?.EndsWith(" attached", StringComparison.Ordinal) == true ? null : $"strace attaches to no process: {first}.";
    }

    /// <summary>Waits until a call has failed.</summary>
    public Task WaitAsync() => WaitAsync("(INJECTED)");

    /// <summary>Lets calls work again.</summary>
    public async ValueTask DisposeAsync()
    {
        var rest = _strace.StandardError.ReadToEndAsync();
        using (var end = Process.Start("kill", ["-INT", $"{_strace.Id}"]))
        {
            await end.WaitForExitAsync().Soon();
        }

        _ = await rest.Soon();
        await _strace.WaitForExitAsync().Soon();
        _strace.Dispose();
    }

    private async Task WaitAsync(string what)
    {
        string? line;
        do
        {
            line = await _strace.StandardError.ReadLineAsync().Soon();
            Assert.NotNull(line);
        }
        while (!line.Contains(what));
    }
}
