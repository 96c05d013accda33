using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FramedSockets.Samples.Tests.Support;

/// <summary>A process of a test, killed with it.</summary>
internal sealed partial class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private RunningProcess(string file, IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Runs a sample, which the build put beside the tests.</summary>
    public static RunningProcess Sample(string name, params string[] arguments) =>
        Start(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", Path.Combine(AppContext.BaseDirectory, name + ".dll"), .. arguments]);

    public static RunningProcess Start(string file, params string[] arguments) => new(file, arguments);

    /// <summary>The next line of stdout; fails with what stderr says when there is none.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().Soon()
        ?? throw new InvalidOperationException($"The process ended its output: {await _errors.Soon()}");

    /// <summary>An empty line to its stdin.</summary>
    public async Task WriteLineAsync()
    {
        await _process.StandardInput.WriteLineAsync().Soon();
        await _process.StandardInput.FlushAsync().Soon();
    }

    /// <summary>What is left of stdout and stderr, and the exit code.</summary>
    public async Task<Outcome> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().Soon();
        var errors = await _errors.Soon();
        await _process.WaitForExitAsync().Soon();
        return new(_process.ExitCode, output, errors);
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().Soon();
    }

    /// <summary>Asks it to end, as <c>kill</c> does.</summary>
    public void Terminate() => Assert.Equal(0, Kill(_process.Id, signal: 15));

    /// <summary>Asks it to end, as Ctrl-C does.</summary>
    public void Interrupt() => Assert.Equal(0, Kill(_process.Id, signal: 2));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);

    internal sealed record Outcome(int ExitCode, string Output, string Errors);
}
