using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Xunit.Abstractions;

namespace FramedSockets.Tests.Support;

/// <summary>
/// A network that holds nothing but what its test puts there, loopback aside, so that the system's counters are the test's
/// own. A socket that is made in <see cref="Run"/> belongs to it, and may then be used on any thread. Linux and root only.
/// </summary>
internal sealed partial class NetworkNamespace : IDisposable
{
    /// <summary>Makes the loopback interface slow, and its packets short.</summary>
    public const string SlowLink = "ip link set lo mtu 1500 && tc qdisc add dev lo root tbf rate 80mbit burst 20kb limit 10mb";

    /// <summary>Lets the firewall drop every third datagram that is sent; whoever sends it is told (EPERM).</summary>
    public const string DroppingFirewall = "iptables -A OUTPUT -p udp -m statistic --mode nth --every 3 --packet 2 -j DROP";

    private const int NewNetwork = 0x4000_0000;
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public NetworkNamespace()
    {
        _thread = new(Work) { IsBackground = true };
        _thread.Start();
        try
        {
            Run(() =>
            {
                if (Unshare(NewNetwork) != 0)
                {
                    throw new InvalidOperationException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
                }
            });
            Shell("ip link set lo up");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there can be none in which a command of the shell works; <see langword="null"/> where there can.</summary>
    public static string? FindFault(string command = "true")
    {
        try
        {
            using var network = new NetworkNamespace();
            network.Shell(command);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"This system gives no such network namespace: {e.Message}.";
        }
    }

    /// <summary>A new one, or <see langword="null"/> where this machine gives none, which is written to the test's output.</summary>
    public static NetworkNamespace? TryCreate(ITestOutputHelper output)
    {
        var lack = Machine.FindLack(Need.Namespace);
        if (lack is not null)
        {
            output.WriteLine($"Not compared with the system's own counters: {lack}");
        }

        return lack is null ? new() : null;
    }

    /// <summary>Runs in the namespace what makes sockets or reads the system's counters.</summary>
    public T Run<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>();
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.Soon().GetAwaiter().GetResult();
    }

    public void Run(Action work) => Run(() =>
    {
        work();
        return 0;
    });

    /// <summary>Runs a command of the shell in the namespace.</summary>
    public void Shell(string command) => Run(() =>
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return shell.ExitCode == 0 ? 0 : throw new InvalidOperationException($"{command}: {error.Trim()}");
    });

    /// <summary>What the system counted of UDP over IPv4 in this network.</summary>
    public Dictionary<string, long> CountUdp() => Run(() =>
    {
        var lines = File.ReadAllLines("/proc/thread-self/net/snmp").Where(line => line.StartsWith("Udp:", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        return lines[0].Zip(lines[1]).Skip(1).ToDictionary(pair => pair.First, pair => long.Parse(pair.Second, CultureInfo.InvariantCulture));
    });

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unshare(int flags);
}
