using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>A server of the tour as a process that listens.</summary>
internal sealed record TourProcess(RunningProcess Process, string Address) : IAsyncDisposable
{
    private const string Prefix = "listening on ";

    public static async Task<TourProcess> ListenAsync(string command, string framing, string host, params string[] more)
    {
        var process = Run(command, ["--port", "0", "--host", host, "--framing", framing, .. more]);
        var line = await process.ReadLineAsync();
        Assert.StartsWith(Prefix + Wires.Address(host, ""), line, StringComparison.Ordinal);
        return new(process, line[Prefix.Length..]);
    }

    public static RunningProcess Run(string command, params string[] arguments) => RunningProcess.Sample("Tour", [command, .. arguments]);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<RunningProcess.Outcome> EndAsync(string command, params string[] arguments)
    {
        await using var process = Run(command, arguments);
        process.CloseInput();
        return await process.EndAsync();
    }

    /// <summary>Ends it as Ctrl-C does, which is a good end; the rest of what it said on stderr.</summary>
    public async Task<string> StopAsync()
    {
        Process.Interrupt();
        var outcome = await Process.EndAsync();
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("", outcome.Output);
        return outcome.Errors;
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
