using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using FramedSockets.Faults.Support;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Child;

/// <summary>A <see cref="ChildServer"/>, as its case sees it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly ChildProcess _child;
    private readonly string _authority;

    private ServerProcess(ChildProcess child, ServerGreeting greeting)
    {
        _child = child;
        _authority = greeting.Authority;
        EndPoint = new(IPAddress.Loopback, greeting.Port);
    }

    public IPEndPoint EndPoint { get; }

    public int Id => _child.Id;

    public bool HasExited => _child.HasExited;

    /// <summary>Starts one, perhaps by another program.</summary>
    public static async Task<ServerProcess> StartAsync(ServeOptions? options = null, params string[] prefix)
    {
        options ??= new();

        // Here, for the child's output is not a test's: it would be read as an answer.
        options = options with { Transport = Transports.ToUsable(options.Transport) };
        var child = ChildProcess.Start(ChildServer.Name, JsonSerializer.Serialize(options, ChildJson.Default.ServeOptions), prefix);
        return new(child, JsonSerializer.Deserialize(await child.ReadLineAsync(), ChildJson.Default.ServerGreeting)!);
    }

    /// <summary>Measures it, its code warm: what it has once is not what a case costs.</summary>
    public async Task<ServerState> MeasureWarmAsync(int connections = 200)
    {
        for (var i = 0; i < connections; i++)
        {
            _ = await Clients.AssertServedAsync(EndPoint);
        }

        await UntilAsync(state => state.Connections == 0);
        return await MeasureAsync();
    }

    /// <summary>Measures it, its garbage collected.</summary>
    public async Task<ServerState> MeasureAsync() =>
        JsonSerializer.Deserialize(await _child.AskAsync("state"), ChildJson.Default.ServerState)!;

    /// <summary>Looks at it until it is as it has to become, and then measures it.</summary>
    public async Task<ServerState> UntilAsync(Func<ServerState, bool> condition)
    {
        // Of another process nobody here is told: it is asked again and again, but not so often that it is busy answering.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var start = TimeProvider.System.GetTimestamp();
        while (await LookAsync() is var state && !condition(state))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"It never became so: {state}");
            _ = await timer.WaitForNextTickAsync();
        }

        return await MeasureAsync();
    }

    /// <summary>The same as <see cref="MeasureAsync"/>, with the garbage.</summary>
    public async Task<ServerState> LookAsync() =>
        JsonSerializer.Deserialize(await _child.AskAsync("look"), ChildJson.Default.ServerState)!;

    /// <summary>What its meter counts.</summary>
    public async Task<long> CountAsync(string name) => long.Parse(await _child.AskAsync($"count {name}"));

    /// <summary>The sum of what its meter counts under names that begin so.</summary>
    public async Task<long> SumAsync(string start) => long.Parse(await _child.AskAsync($"sum {start}"));

    /// <summary>How many lines of an event it logged.</summary>
    public async Task<int> CountLinesAsync(string name) => int.Parse(await _child.AskAsync($"lines {name}"));

    /// <summary>Lets handlers go on that were told to wait.</summary>
    public Task GoAsync() => _child.AskAsync("go");

    /// <summary>Opens files that it does not need.</summary>
    public Task HoardAsync(int files) => _child.AskAsync($"hoard {files}");

    /// <summary>Stops the server, but not the process; says how many connections ended by themselves, how many were cut, and after how long.</summary>
    public async Task<(int Drained, int Cut, TimeSpan Elapsed)> StopAsync()
    {
        var numbers = (await _child.AskAsync("stop")).Split(' ').Select(int.Parse).ToArray();
        return (numbers[0], numbers[1], TimeSpan.FromMilliseconds(numbers[2]));
    }

    public Task SignalAsync(string name) => _child.SignalAsync(name);

    /// <summary>What a client needs to be sure of it.</summary>
    public SslClientAuthenticationOptions Tls() => new()
    {
        TargetHost = "localhost",
        CertificateChainPolicy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { X509CertificateLoader.LoadCertificate(Convert.FromBase64String(_authority)) },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };

    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
