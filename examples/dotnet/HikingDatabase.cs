// Objects through a memory-mapped file and back. Changed: one `using`, and what .NET has not got any more:
// BinaryFormatter (System.Text.Json instead), MemoryMappedFileSecurity, and the configuration (the file's name is an
// argument).
using System;
using System.IO;
using Mmview.IO.MemoryMappedFiles;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ManagedMMF
{
    class Program
    {
        static void Main(string[] args)
        {
            // Build a sample object and report records
            HikingDatabase hikingData = BuildDatabase(5000, 50);
            Console.WriteLine("Dummy database object created with " + hikingData.hikes.Length + " records.");
            string mmfile = args[0];
            // Write object to MMF
            WriteObjectToMMF(mmfile, hikingData);
            double sum = Sum(hikingData);

            // Clear object and report
            hikingData = null;
            Console.WriteLine("Database object has been destroyed.");

            // Read new object from MMF and report records
            hikingData = ReadObjectFromMMF(mmfile);
            Console.WriteLine("Dummy database object re-loaded from MMF with " + hikingData.hikes.Length + " records.");
            Console.WriteLine("The same coordinates: " + (Sum(hikingData) == sum));
        }

        static void WriteObjectToMMF(string mmfFile, HikingDatabase objectData)
        {
            string mapName = "MyFile";
            // Convert .NET object to byte array
            byte[] buffer = ObjectToByteArray(objectData);
            using (FileStream fs = new FileStream(mmfFile, FileMode.Create, FileAccess.ReadWrite))
            {
                fs.SetLength(buffer.Length);
                // Create a new memory mapped file
                using (MemoryMappedFile mmf = MemoryMappedFile.CreateFromFile(fs, mapName, buffer.Length,
                MemoryMappedFileAccess.ReadWrite, HandleInheritability.Inheritable, true))
                {
                    // Create a view accessor into the file to accommmodate binary data size
                    using (MemoryMappedViewAccessor mmfWriter = mmf.CreateViewAccessor(0, buffer.Length))
                    {
                        // Write the data
                        mmfWriter.WriteArray<byte>(0, buffer, 0, buffer.Length);
                    }
                }
            }
        }

        static HikingDatabase ReadObjectFromMMF(string mmfFile)
        {
            string mapName = "MyFile";
            using (FileStream fs = new FileStream(mmfFile, FileMode.Open, FileAccess.ReadWrite))
            {
                // Get a handle to an existing memory mapped file
                using (MemoryMappedFile mmf = MemoryMappedFile.CreateFromFile(fs, mapName, fs.Length,
                MemoryMappedFileAccess.ReadWrite, HandleInheritability.Inheritable, true))
                {
                    // Create a view accessor from which to read the data
                    using (MemoryMappedViewAccessor mmfReader = mmf.CreateViewAccessor())
                    {
                        // Create a data buffer and read entire MMF view into buffer
                        byte[] buffer = new byte[mmfReader.Capacity];
                        mmfReader.ReadArray<byte>(0, buffer, 0, buffer.Length);

                        // Convert the buffer to a .NET object
                        return ByteArrayToObject(buffer);
                    }
                }
            }
        }

        static HikingDatabase ByteArrayToObject(byte[] buffer)
        {
            return JsonSerializer.Deserialize(buffer, Hikes.Default.HikingDatabase);
        }

        static byte[] ObjectToByteArray(HikingDatabase inputObject)
        {
            return JsonSerializer.SerializeToUtf8Bytes(inputObject, Hikes.Default.HikingDatabase);
        }

        static double Sum(HikingDatabase hikingData)
        {
            double sum = 0;
            foreach (Hike hike in hikingData.hikes)
                foreach (Coord coord in hike.GPSTrack)
                    sum += coord.x + coord.y + coord.z;
            return sum;
        }

        static HikingDatabase BuildDatabase(int recordCount, int gpsCoordCount)
        {
            Random rand = new Random();

            HikingDatabase hikingData = new HikingDatabase();
            hikingData.Description = "My hikes, 2010 to 2012";
            hikingData.hikes = new Hike[recordCount];
            for (int i = 0; i < hikingData.hikes.Length; i++)
            {
                hikingData.hikes[i] = new Hike();
                hikingData.hikes[i].Description = "This is a description of this particular record. ";
                hikingData.hikes[i].Date = DateTime.Now.ToLongDateString();
                hikingData.hikes[i].GPSTrack = new Coord[gpsCoordCount];
                for (int j = 0; j < hikingData.hikes[i].GPSTrack.Length; j++)
                {
                    hikingData.hikes[i].GPSTrack[j] = new Coord();
                    hikingData.hikes[i].GPSTrack[j].x = rand.NextDouble() * 1000000;
                    hikingData.hikes[i].GPSTrack[j].y = rand.NextDouble() * 1000000;
                    hikingData.hikes[i].GPSTrack[j].z = rand.NextDouble() * 1000;
                }
            }
            return hikingData;
        }
    }

    [JsonSourceGenerationOptions(IncludeFields = true)]
    [JsonSerializable(typeof(HikingDatabase))]
    partial class Hikes : JsonSerializerContext
    {
    }

    public class HikingDatabase
    {
        public string Description;
        public Hike[] hikes;
    }

    public class Hike
    {
        public string Description;
        public string Date;
        public Coord[] GPSTrack;
    }

    public class Coord
    {
        public double x;
        public double y;
        public double z;
    }
}
