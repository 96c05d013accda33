using System.Diagnostics;
using System.Net;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Child;

/// <summary>This assembly as another process, killed with its case.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts one.</summary>
    /// <param name="name">What it is to be.</param>
    /// <param name="argument">Its argument.</param>
    /// <param name="prefix">A program to run it by, with arguments; it must become it.</param>
    public static ChildProcess Start(string name, string argument, params string[] prefix)
    {
        string[] command = [.. prefix, Environment.ProcessPath!, typeof(ChildProcess).Assembly.Location, name, argument];
        return new(Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
    }

    /// <summary>A peer that is connected.</summary>
    public static async Task<ChildProcess> ConnectAsync(EndPoint server)
    {
        var child = Start(ChildPeer.Name, $"{((IPEndPoint)server).Port}");
        Assert.Equal("connected", await child.ReadLineAsync());
        return child;
    }

    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync().Soon() ?? throw new InvalidOperationException("The child process has ended.");

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line).Soon();
        await _process.StandardInput.FlushAsync().Soon();
        return await ReadLineAsync();
    }

    /// <summary>Sends it a signal.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        await kill.WaitForExitAsync().Soon();
        Assert.Equal(0, kill.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync().Soon();
        _process.Dispose();
    }
}
