using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;

namespace FramedSockets.Samples.Tests.Support;

/// <summary>A process of a test, killed with it.</summary>
internal sealed partial class RunningProcess : IAsyncDisposable
{
    private const int Interruption = 2;
    private static readonly string Dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    private readonly Process _process;
    private readonly Channel<string> _errorLines = Channel.CreateUnbounded<string>();
    private readonly Task<string> _errors;

    static RunningProcess()
    {
        if (!OperatingSystem.IsWindows())
        {
            // A shell ignores Ctrl-C for what it runs in the background, and so would every process begun here.
            _ = Signal(Interruption, handler: 0);
        }
    }

    private RunningProcess(string file, IEnumerable<string> arguments, (string Name, string Value)? variable)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (variable is var (name, value))
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _errors = CollectErrorsAsync();
    }

    /// <summary>Runs a sample, which the build put beside the tests.</summary>
    public static RunningProcess Sample(string name, params string[] arguments) => new(Dotnet, [.. PathOf(name), .. arguments], variable: null);

    /// <summary>Runs a sample with one more variable in its environment.</summary>
    public static RunningProcess Sample(string name, (string Name, string Value) variable, params string[] arguments) =>
        new(Dotnet, [.. PathOf(name), .. arguments], variable);

    public static RunningProcess Start(string file, params string[] arguments) => new(file, arguments, variable: null);

    /// <summary>What runs a sample.</summary>
    public static string[] CommandOf(string name) => [Dotnet, .. PathOf(name)];

    /// <summary>The next line of stdout; fails with what stderr says when there is none.</summary>
    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().Soon()
        ?? throw new InvalidOperationException($"The process ended its output: {await _errors.Soon()}");

    /// <summary>The next line of stderr, which stays in what <see cref="EndAsync"/> returns.</summary>
    public async Task<string> ReadErrorLineAsync() => await _errorLines.Reader.ReadAsync().AsTask().Soon();

    /// <summary>A line to its stdin.</summary>
    public async Task WriteLineAsync(string line = "")
    {
        await _process.StandardInput.WriteLineAsync(line).Soon();
        await _process.StandardInput.FlushAsync().Soon();
    }

    /// <summary>All of its stdin.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text).Soon();
        CloseInput();
    }

    /// <summary>Ends its stdin.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>What is left of stdout and stderr, each line with a line feed behind it on every system, and the exit code.</summary>
    public async Task<Outcome> EndAsync()
    {
        var output = await _process.StandardOutput.ReadToEndAsync().Soon();
        var errors = await _errors.Soon();
        await _process.WaitForExitAsync().Soon();
        return new(_process.ExitCode, output.Replace(Environment.NewLine, "\n", StringComparison.Ordinal), errors);
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
    public void Interrupt() => Assert.Equal(0, Kill(_process.Id, Interruption));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task<string> CollectErrorsAsync()
    {
        var all = new StringBuilder();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            all.Append(line).Append('\n');
            _errorLines.Writer.TryWrite(line);
        }

        _errorLines.Writer.Complete();
        return all.ToString();
    }

    private static string[] PathOf(string name) => ["exec", Path.Combine(AppContext.BaseDirectory, name + ".dll")];

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int signal, nint handler);

    internal sealed record Outcome(int ExitCode, string Output, string Errors);
}
