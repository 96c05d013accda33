using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FramedSockets.Samples.Tests.Support;
using Tour.Support;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>The HTTP client as a process, and Python as its server.</summary>
public sealed class HttpGetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Hosts => [.. Wires.Hosts];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http://bücher.example/", "xn--bcher-kva.example")]
    [InlineData("http://[::1]:8080/page", "[::1]:8080")]
    [InlineData("https://a.example:443/", "a.example")]
    public void A_host_is_named_in_ASCII(string address, string host) => Assert.Equal(host, Web.GetHost(new(address)));

    [PythonTheory]
    [MemberData(nameof(Hosts))]
    public async Task A_header_in_three_pieces_and_50_MiB_go_to_a_file(string host)
    {
        await using var server = Python.Run("web.py", "pieces", host, "50");
        var url = await UrlAsync("http", host, server);
        var outcome = await TourProcess.EndAsync("http-get", url, "--out", _folder.PathOf("page"));

        Assert.Equal(new(0, "HTTP/1.0 200 OK\nContent-Type: application/octet-stream\nX-Test: yes\n", ""), outcome);
        Assert.Equal(await server.ReadLineAsync(), Hash.Of(_folder.Read("page")));
    }

    [PythonFact]
    public async Task Without_a_file_the_body_goes_to_stdout_and_the_header_to_stderr()
    {
        _folder.Write("grüße.txt", "grüße\n"u8);
        await using var server = Python.Run("web.py", "files", "127.0.0.1", _folder.FullName);
        var outcome = await TourProcess.EndAsync("http-get", await UrlAsync("http", "127.0.0.1", server) + "grüße.txt");
        Assert.Equal((0, "grüße\n"), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith("HTTP/1.0 200 OK\nServer: SimpleHTTP/", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("\nContent-Length: 8\n", outcome.Errors, StringComparison.Ordinal);
    }

    [PythonTheory]
    [MemberData(nameof(Hosts))]
    public async Task Pythons_own_server_is_understood(string host)
    {
        var content = _folder.WriteRandom("a.bin", 3_000_000);
        await using var server = Python.Run("web.py", "files", host, _folder.FullName);
        var outcome = await TourProcess.EndAsync("http-get", await UrlAsync("http", host, server) + "a.bin", "--out", _folder.PathOf("copy"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Equal(File.ReadAllBytes(content), _folder.Read("copy"));
    }

    [PythonFact]
    public async Task A_body_that_is_shorter_than_its_header_says_is_an_error()
    {
        await using var server = Python.Run("web.py", "short", "127.0.0.1");
        var outcome = await TourProcess.EndAsync("http-get", await UrlAsync("http", "127.0.0.1", server), "--out", _folder.PathOf("page"));
        Assert.Equal((1, "error: the body ended after 3 of 10 bytes\n"), (outcome.ExitCode, outcome.Errors));
    }

    [PythonFact]
    public async Task Https_needs_a_certificate_that_is_trusted()
    {
        var certificate = WriteCertificate();
        await using var server = Python.Run("web.py", "tls", "127.0.0.1", "3", certificate);
        var url = (await UrlAsync("https", "127.0.0.1", server)).Replace("127.0.0.1", "localhost");

        var refused = await TourProcess.EndAsync("http-get", url, "--out", _folder.PathOf("page"));
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("certificate", Assert.Single(refused.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("page", _folder.Files);

        await using var trusting = RunningProcess.Sample("Tour", ("SSL_CERT_FILE", certificate), "http-get", url, "--out", _folder.PathOf("page"));
        var outcome = await trusting.EndAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Errors));
        Assert.Equal(await server.ReadLineAsync(), Hash.Of(_folder.Read("page")));
    }

    [Theory]
    [InlineData("ftp://localhost/")]
    [InlineData("localhost")]
    [InlineData("http://localhost:0/")]
    public async Task Another_url_is_explained(string text)
    {
        var outcome = await TourProcess.EndAsync("http-get", text);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal($"'{text}' is not a URL of http or https.", outcome.Errors.Trim());
    }

    private static async Task<string> UrlAsync(string scheme, string host, RunningProcess server) =>
        $"{scheme}://{Wires.Address(host, await server.ReadLineAsync())}/";

    /// <summary>A certificate for localhost, with its key, that nobody has signed.</summary>
    private string WriteCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var pem = $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
        return _folder.Write("certificate.pem", Encoding.ASCII.GetBytes(pem));
    }
}
